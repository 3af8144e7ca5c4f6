"""The architectures: one function each, from a recipe and the form of the data to a `keras.Sequential`.

All of them take uint8 pixels and scale them in their first layer, so that a saved model needs no preparation of its input, and
answer with one probability per class.
"""

from collections.abc import Callable, Mapping
from typing import Any

from convlet.engine import keras
from convlet.errors import RecipeError
from convlet.recipes import Recipe

MAX_DENSE_WEIGHTS = 250_000_000  # 1 GB, and Adam keeps two more numbers for each


def build_model(recipe: Recipe, image_shape: tuple[int, int, int], classes: int, precision: str = "float32") -> Any:
    """Build the recipe's net with fresh weights drawn from its seed.

    Args:
        image_shape: (height, width, channels).
        classes: how many probabilities it answers with.
        precision: "float32", or "bfloat16" for layers that multiply in bfloat16 and keep float32 weights. Models of one recipe have
            the same weights in either.

    Returns:
        An uncompiled `keras.Sequential`: uint8 (n, height, width, channels) in, float32 (n, classes) out.
    """
    keras().utils.set_random_seed(recipe.seed)
    config = keras().config
    before = config.dtype_policy()
    config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        return ARCHITECTURES[recipe.architecture](recipe, image_shape, classes)
    finally:
        config.set_dtype_policy(before)


def summary(model: Any) -> str:
    """Keras's summary: a line per layer with its output shape and parameters."""
    lines: list[str] = []
    model.summary(print_fn=lambda text, line_break=True: lines.append(text), line_length=80)
    return "\n".join(lines)


def tutorial(recipe: Recipe, image_shape: tuple[int, int, int], classes: int) -> Any:
    """The tutorial's net: 5x5 convolutions of 32 and 64 filters, each pooled 2x2, then dense 1024, dropout, softmax.

    For MNIST's 28x28x1 and 10 classes: 832 + 51,264 + 3,212,288 + 10,250 = 3,274,634 parameters. A side already down to one
    pixel is not pooled again, so that images of any size go through.
    """
    layers = keras().layers
    stack = [
        keras().Input(image_shape, dtype="uint8", name="image"),
        layers.Rescaling(1 / 255, name="scale"),
    ]
    height, width, channels = image_shape
    for number, filters in enumerate(recipe.filters, 1):
        channels = filters
        stack.append(layers.Conv2D(filters, recipe.kernel_size, padding="same", activation="relu", name=f"conv_{number}"))
        if min(height, width) >= 2:
            stack.append(layers.MaxPooling2D(2, name=f"pool_{number}"))
            height, width = height // 2, width // 2
    if height * width * channels * recipe.dense_units > MAX_DENSE_WEIGHTS:
        raise RecipeError(
            f"images of {image_shape[1]}x{image_shape[0]} pixels would give the dense layer {height * width * channels:,} inputs and "
            f"{height * width * channels * recipe.dense_units:,} weights (limit {MAX_DENSE_WEIGHTS:,}). Bring the images to a smaller size, "
            "or add convolutions: --set 'filters=[32,64,64,64]'."
        )
    stack += [
        layers.Flatten(name="flatten"),
        layers.Dense(recipe.dense_units, activation="relu", name="dense"),
        layers.Dropout(recipe.dropout, name="dropout"),
        layers.Dense(classes, activation="softmax", dtype="float32", name="probabilities"),
    ]
    return keras().Sequential(stack, name=recipe.architecture)


ARCHITECTURES: Mapping[str, Callable[[Recipe, tuple[int, int, int], int], Any]] = {"tutorial": tutorial}
PREPROCESSING = "pixels are uint8, 0 to 255; the model's first layer divides them by 255"
