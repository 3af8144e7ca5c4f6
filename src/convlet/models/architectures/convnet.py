"""The tutorial's kind of net: convolutions one behind the other, then a dense layer."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import RecipeError
from convlet.models.preparation import PROBABILITIES, Prepared
from convlet.recipes import PER_CONVOLUTION, Recipe
from convlet.system.engine import keras

MAX_DENSE_WEIGHTS = 250_000_000  # 1 GB, and Adam keeps two more numbers for each
_MOMENTUM = 0.95  # of batch normalization's moving mean and variance: a hundred steps and they have settled


def convnet(recipe: Recipe, prepared: Prepared, classes: int, normalization: Callable[..., Any]) -> Any:
    """Convolutions, each with normalization, activation and max pooling as the recipe says, then a dense layer, dropout, softmax.

    The tutorial's for MNIST's 28x28x1 and 10 classes: 832 + 51,264 + 3,212,288 + 10,250 = 3,274,634 parameters. Images of any size go
    through: where an image has become smaller than a kernel its edges are padded, and a side shorter than its pool is not pooled.

    Args:
        recipe: its layers.
        prepared: the layers in front, from uint8 pixels on.
        classes: how many probabilities it answers with.
        normalization: the class of its batch normalization layers.

    Returns:
        An uncompiled `keras.Sequential`.

    Raises:
        RecipeError: the dense layer would be too large for memory on images of this size.
    """
    layers = keras().layers
    stack = [*prepared.layers]
    height, width, channels = prepared.shape
    settings = [recipe.per_convolution(field) for field in PER_CONVOLUTION]
    for number, (filters, size, stride, padding, pool, activation) in enumerate(
        zip(recipe.filters, *settings, strict=True), 1
    ):
        fits = padding == "valid" and size <= min(height, width)
        normalized = recipe.normalization == "batch"
        options: dict[str, Any] = {"strides": stride, "padding": "valid" if fits else "same"}
        options |= {"use_bias": False} if normalized else {"activation": activation}
        if number == 1 and recipe.first_filters == "cosine":
            options |= {"kernel_initializer": "zeros", "use_bias": False, "trainable": False}  # filled in at the end
        stack.append(layers.Conv2D(filters, size, **options, name=f"conv_{number}"))
        if normalized:
            stack.append(normalization(momentum=_MOMENTUM, name=f"norm_{number}"))
            stack.append(layers.Activation(activation, name=f"{activation}_{number}"))
        height, width = (-(-(side - size + 1 if fits else side) // stride) for side in (height, width))
        channels = filters
        if pool > 1 and min(height, width) >= pool:
            stack.append(layers.MaxPooling2D(pool, name=f"pool_{number}"))
            height, width = height // pool, width // pool
    stack.append(layers.Flatten(name="flatten"))
    if recipe.dense_units:
        _require_moderate(recipe, prepared.image_shape, height * width * channels)
        stack.append(layers.Dense(recipe.dense_units, activation=settings[-1][-1], name="dense"))
    if recipe.dropout:
        stack.append(layers.Dropout(recipe.dropout, name="dropout"))
    stack.append(layers.Dense(classes, activation="softmax", dtype="float32", name=PROBABILITIES))
    model = keras().Sequential(stack, name=recipe.architecture)
    if recipe.first_filters == "cosine":
        kernel_size, *_ = recipe.per_convolution("kernel_size")
        model.get_layer("conv_1").set_weights([cosine_filters(kernel_size, prepared.shape[-1], recipe.filters[0])])
    return model


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
