"""Change the light: brightness, contrast and saturation."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import Recipe
from convlet.system.engine import keras

_COLUMNS = 3


def columns(recipe: Recipe) -> int:
    """Return the number of values in a change, 0 for none."""
    return _COLUMNS if recipe.color else 0


def draw(recipe: Recipe, into: NDArray[np.float32], height: int, width: int, random: np.random.Generator) -> None:  # noqa: ARG001
    """Draw a change into each row of `into`: the value added to every pixel, the factors of contrast and saturation."""
    size = len(into)
    into[:, 0] = random.uniform(-127 * recipe.color, 127 * recipe.color, size)
    for column in (1, 2):
        into[:, column] = np.exp(random.uniform(-1, 1, size) * np.log1p(recipe.color))


def apply(recipe: Recipe, images: Any, changes: Any) -> Any:  # noqa: ARG001
    """Change uint8 images (n, height, width, channels), each by its row of `changes`."""
    ops = keras().ops
    added, contrast, saturation = (ops.reshape(changes[:, column], (-1, 1, 1, 1)) for column in range(_COLUMNS))
    made = ops.cast(images, "float32")
    middle = ops.mean(made, axis=(1, 2, 3), keepdims=True)
    gray = ops.mean(made, axis=3, keepdims=True)
    made = middle + added + contrast * (gray + saturation * (made - gray) - middle)
    return ops.cast(ops.round(ops.clip(made, 0, 255)), images.dtype)
