"""Augmentation: small random changes of the training images, drawn anew for each epoch.

What is drawn depends on seed and epoch alone (see `plan.py`); applying it is the engine's work, on whole batches.
No flips: a mirrored 2 is no 2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.engine import keras
from convlet.recipes import Recipe

_FIELDS = ("shift", "rotation", "zoom", "shear", "erasing")
_ERASED = (1 / 8, 1 / 3)  # of each side


def augments(recipe: Recipe) -> bool:
    """Whether the recipe changes its training images at all."""
    return any(getattr(recipe, field) for field in _FIELDS)


def draw(recipe: Recipe, size: int, height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw one change for each of `size` images.

    Returns:
        float32, (size, 12): the six numbers that take a place (x, y, 1) of the new image to the one of the old it is read from, two zeros
        (Keras's form of an affine transformation), then top, bottom, left and right of the box to blacken, in pixels (all 0 for none).
    """

    def uniform(most: float) -> NDArray[np.float64]:
        return random.uniform(-most, most, size)

    angle, slant = np.deg2rad(uniform(recipe.rotation)), np.deg2rad(uniform(recipe.shear))
    wide, high = (np.exp(uniform(np.log1p(recipe.zoom))) for _ in range(2))
    right, down = uniform(recipe.shift), uniform(recipe.shift)
    matrix = [np.cos(angle) * wide, -np.sin(angle + slant) * wide, np.sin(angle) * high, np.cos(angle + slant) * high]
    x, y = (width - 1) / 2, (height - 1) / 2  # turned and stretched around the middle
    zero = np.zeros(size)
    rows = [matrix[0], matrix[1], x + right - matrix[0] * x - matrix[1] * y, matrix[2], matrix[3], y + down - matrix[2] * x - matrix[3] * y]
    return np.stack([*rows, zero, zero, *_boxes(recipe.erasing, size, height, width, random)], axis=1).astype(np.float32)


def apply(images: Any, changes: Any) -> Any:
    """Make the drawn changes: uint8 images (n, height, width, channels) and `changes` (n, 12) to images of the same form.

    Places outside the old image are black.
    """
    ops = keras().ops
    moved = ops.image.affine_transform(images, changes[:, :8], interpolation="bilinear", fill_mode="constant", fill_value=0)
    height, width = images.shape[1:3]
    top, bottom, left, right = (ops.reshape(changes[:, column], (-1, 1, 1, 1)) for column in range(8, 12))
    y, x = (ops.reshape(ops.arange(side, dtype="float32"), shape) for side, shape in ((height, (1, -1, 1, 1)), (width, (1, 1, -1, 1))))
    erased = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return ops.where(erased, ops.zeros_like(moved), moved)


def _boxes(fraction: float, size: int, height: int, width: int, random: np.random.Generator) -> list[NDArray[np.float64]]:
    """Top, bottom, left, right of a box in `fraction` of the images, 0 in the others."""
    chosen = random.random(size) < fraction
    edges = []
    for side in (height, width):
        length = np.round(random.uniform(*_ERASED, size) * side)
        start = np.floor(random.random(size) * (side - length + 1))
        edges += [start * chosen, (start + length) * chosen]
    return edges
