"""The architectures: one function each, from a recipe and the form of the data to a `keras.Sequential`.

All of them take uint8 pixels and prepare them in their first layers, so that a saved model needs no preparation of its input, and
answer with one probability per class.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.engine import keras, on_tensorflow
from convlet.errors import RecipeError
from convlet.fused import fused_batch_normalization
from convlet.recipes import DARK_INK, PER_CONVOLUTION, Recipe

MAX_DENSE_WEIGHTS = 250_000_000  # 1 GB, and Adam keeps two more numbers for each
_MAX_CROPPED = 1 / 4
FAINTEST = 40.0  # of 255: ink fainter than this is not stretched to white, for it may be none
TOP_HAT, PROBABILITIES = "top_hat", "probabilities"  # names of layers
_MOMENTUM = 0.95  # of batch normalization's moving mean and variance: a hundred steps and they have settled


class Pixels(NamedTuple):
    """The training images' mean and standard deviation, in units of 0 to 255, for recipes with `pixels = "standard"`."""

    mean: float = 127.5
    deviation: float = 127.5


def build_model(
    recipe: Recipe,
    image_shape: tuple[int, int, int],
    classes: int,
    precision: str = "float32",
    pixels: Pixels = Pixels(),  # noqa: B008  a NamedTuple is frozen
    *,
    training: bool = False,
) -> Any:
    """Build the recipe's net with fresh weights drawn from its seed.

    Args:
        image_shape: (height, width, channels).
        classes: how many probabilities it answers with.
        precision: "float32", or "bfloat16" for layers that multiply in bfloat16 and keep float32 weights. Models of one recipe have
            the same weights in either.
        pixels: see `Pixels`.
        training: use layers made for speed in training where the engine has them, and leave the top-hat away. Same weights; save the model
            without them.

    Returns:
        An uncompiled `keras.Sequential`: uint8 (n, height, width, channels) in, float32 (n, classes) out.

    Raises:
        RecipeError: the net would be too large for memory on images of this size.
    """
    keras().utils.set_random_seed(recipe.seed)
    config = keras().config
    before = config.dtype_policy()
    config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return ARCHITECTURES[recipe.architecture](recipe, image_shape, classes, pixels, training)
    finally:
        config.set_dtype_policy(before)


def average(members: Sequence[Any]) -> Any:
    """One `keras.Model` that answers with the mean of the members' probabilities; a single member is returned as it is."""
    if len(members) == 1:
        return members[0]
    image = keras().Input(members[0].input_shape[1:], dtype="uint8", name="image")
    for number, member in enumerate(members, 1):
        member.name = f"net_{number}"  # Keras saves no two layers of one name
    answers = [member(image) for member in members]
    return keras().Model(image, keras().layers.Average(name=PROBABILITIES)(answers), name="ensemble")


def summary(model: Any) -> str:
    """Keras's summary: a line per layer with its output shape and parameters."""
    lines: list[str] = []
    model.summary(print_fn=lambda text, line_break=True: lines.append(text), line_length=80)
    return "\n".join(lines)


def convnet(recipe: Recipe, image_shape: tuple[int, int, int], classes: int, pixels: Pixels, training: bool) -> Any:
    """Convolutions, each with normalization, activation and max pooling as the recipe says, then a dense layer, dropout, softmax.

    The tutorial's for MNIST's 28x28x1 and 10 classes: 832 + 51,264 + 3,212,288 + 10,250 = 3,274,634 parameters. Images of any size go
    through: where an image has become smaller than a kernel its edges are padded, a side shorter than its pool is not pooled, and
    a crop that would take more than a quarter of a side is left out.
    """
    layers = keras().layers
    height, width, channels = image_shape
    stack = [keras().Input(image_shape, dtype="uint8", name="image")]
    evened = recipe.top_hat > 0 and not training
    if evened:  # before the crop: whoever sees less of a ground's stripe takes it for ink
        stack.append(top_hat(image_shape, top_hat_side(recipe, image_shape), dark=recipe.reading == DARK_INK))
    if recipe.crop and 2 * recipe.crop <= _MAX_CROPPED * min(height, width):
        stack.append(layers.Cropping2D(recipe.crop, name="crop", dtype="float32" if evened else "uint8"))
        height, width = height - 2 * recipe.crop, width - 2 * recipe.crop
    scale = 1 / 255 if recipe.pixels == "unit" else 1 / pixels.deviation
    stack.append(layers.Rescaling(scale, 0.0 if recipe.pixels == "unit" else -pixels.mean * scale, name="scale"))
    settings = [recipe.per_convolution(field) for field in PER_CONVOLUTION]
    for number, (filters, size, stride, padding, pool, activation) in enumerate(zip(recipe.filters, *settings, strict=True), 1):
        fits = padding == "valid" and size <= min(height, width)
        normalized = recipe.normalization == "batch"
        options: dict[str, Any] = {"strides": stride, "padding": "valid" if fits else "same"}
        options |= {"use_bias": False} if normalized else {"activation": activation}
        if number == 1 and recipe.first_filters == "cosine":
            options |= {"kernel_initializer": "zeros", "use_bias": False, "trainable": False}  # filled in at the end
        stack.append(layers.Conv2D(filters, size, **options, name=f"conv_{number}"))
        if normalized:
            normalize = fused_batch_normalization() if training and on_tensorflow() else layers.BatchNormalization
            stack.append(normalize(momentum=_MOMENTUM, name=f"norm_{number}"))
            stack.append(layers.Activation(activation, name=f"{activation}_{number}"))
        height, width = (-(-(side - size + 1 if fits else side) // stride) for side in (height, width))
        channels = filters
        if pool > 1 and min(height, width) >= pool:
            stack.append(layers.MaxPooling2D(pool, name=f"pool_{number}"))
            height, width = height // pool, width // pool
    stack.append(layers.Flatten(name="flatten"))
    if recipe.dense_units:
        _require_moderate(recipe, image_shape, height * width * channels)
        stack.append(layers.Dense(recipe.dense_units, activation=settings[-1][-1], name="dense"))
    if recipe.dropout:
        stack.append(layers.Dropout(recipe.dropout, name="dropout"))
    stack.append(layers.Dense(classes, activation="softmax", dtype="float32", name=PROBABILITIES))
    model = keras().Sequential(stack, name=recipe.architecture)
    if recipe.first_filters == "cosine":
        model.get_layer("conv_1").set_weights(
            [cosine_filters(recipe.per_convolution("kernel_size")[0], image_shape[-1], recipe.filters[0])]
        )
    return model


def top_hat_side(recipe: Recipe, image_shape: tuple[int, int, int]) -> int:
    """The recipe's `top_hat` in pixels of images of this shape: an odd number."""
    return round(recipe.top_hat * min(image_shape[:2]) / 28) // 2 * 2 + 1


def top_hat(image_shape: tuple[int, int, int], side: int, *, dark: bool) -> Any:
    """The white top-hat transform, stretched to 255: what is narrower than a square of `side` pixels stays, a ground as uneven as you like becomes black.

    The image minus its grey opening (J. Serra 1982, Image Analysis and Mathematical Morphology): an erosion and then a dilation, each a max pooling
    along one side and then the other. Dark ink is turned around before and after. A ground's remaining 40 levels are not stretched to white.

    Returns:
        A `keras.Model` of plain layers, uint8 or float images of `image_shape` in, float32 out.
    """
    layers, ops = keras().layers, keras().ops
    image = keras().Input(image_shape, dtype="uint8", name="uneven")

    def widened(pixels: Any, what: str) -> Any:
        for window, axis in (((side, 1), "down"), ((1, side), "across")):
            pixels = layers.MaxPooling2D(window, strides=1, padding="same", name=f"{what}_{axis}", dtype="float32")(pixels)
        return pixels

    sign, offset = (-1.0, 255.0) if dark else (1.0, 0.0)
    light = layers.Rescaling(sign, offset, name="light", dtype="float32")(image)
    eroded = layers.Rescaling(-1.0, name="eroded", dtype="float32")(
        widened(layers.Rescaling(-1.0, name="negative", dtype="float32")(light), "erode")
    )
    ink = layers.Subtract(name="ink", dtype="float32")([light, widened(eroded, "dilate")])
    brightest = ops.maximum(ops.max(ink, axis=(1, 2, 3), keepdims=True), FAINTEST)
    stretched = ops.multiply(ops.divide(ink, brightest), 255.0)
    return keras().Model(image, layers.Rescaling(sign, offset, name="even", dtype="float32")(stretched), name=TOP_HAT)


def cosine_filters(size: int, channels: int, filters: int) -> NDArray[np.float32]:
    """The lowest frequencies of the discrete cosine transform (DCT-II) of a patch, each followed by its negative.

    A rectified pair keeps the whole answer of its frequency, so that nothing is lost by not training them. The mean, which on pixels is
    far the largest, is brought to a third.

    Returns:
        float32, (size, size, channels, filters): filters of length 1 (the mean: 1/3); repeated where there are more than frequencies.
    """

    def basis(length: int) -> NDArray[np.float64]:
        place, frequency = np.arange(length), np.arange(length)[:, np.newaxis]
        waves = np.cos(np.pi * (place + 0.5) * frequency / length)
        normed: NDArray[np.float64] = waves / np.linalg.norm(waves, axis=1, keepdims=True)
        return normed

    down, across, through = basis(size), basis(size), basis(channels)
    frequencies = sorted(np.ndindex(size, size, channels), key=lambda f: (sum(f), max(f), f))
    chosen = [frequencies[index % len(frequencies)] for index in range(-(-filters // 2))]
    waves = [np.einsum("i,j,k->ijk", down[u], across[v], through[w]) / (1 if u or v or w else 3) for u, v, w in chosen]
    pairs = [sign * wave for wave in waves for sign in (1, -1)]
    return np.stack(pairs[:filters], axis=-1).astype(np.float32)


def _require_moderate(recipe: Recipe, image_shape: tuple[int, int, int], inputs: int) -> None:
    if inputs * recipe.dense_units > MAX_DENSE_WEIGHTS:
        raise RecipeError(
            f"images of {image_shape[1]}x{image_shape[0]} pixels would give the dense layer {inputs:,} inputs and "
            f"{inputs * recipe.dense_units:,} weights (limit {MAX_DENSE_WEIGHTS:,}). Bring the images to a smaller size, "
            "or add convolutions: --set 'filters=[32,64,64,64]'."
        )


ARCHITECTURES: Mapping[str, Callable[[Recipe, tuple[int, int, int], int, Pixels, bool], Any]] = {"convnet": convnet}
PREPROCESSING = "pixels are uint8, 0 to 255; the model's first layers crop and scale them"
