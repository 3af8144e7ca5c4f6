"""Augmentation: small random changes of the training images, drawn anew for each epoch (`plan.py`).

The engine applies them to whole batches: it moves and bends each image (`warp.py`), changes its ink (`ink.py`), then
blackens a box. No flips: a mirrored 2 is no 2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import DARK_INK, Recipe
from convlet.system.engine import keras
from convlet.training.augmentation import ink, warp

_ERASED = (1 / 8, 1 / 3)  # of each side


class Augmentation:
    """What a recipe does to its training images; false if nothing.

    Attributes:
        columns: how many numbers describe one image's change: of `warp`, of `ink`, and of the box to blacken.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self._parts = [(warp, warp.columns(recipe)), (ink, ink.columns(recipe))]
        self._erases = recipe.erasing > 0
        self.columns = sum(count for _, count in self._parts) + 4 * self._erases

    def __bool__(self) -> bool:
        return self.columns > 0

    def draw(self, size: int, height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
        """Draw a change for each image: float32 (size, columns)."""
        drawn = np.empty((size, self.columns), np.float32)
        start = 0
        for part, count in self._parts:
            if count:
                part.draw(self.recipe, drawn[:, start : start + count], height, width, random)
            start += count
        if self._erases:
            drawn[:, start:] = np.stack(_boxes(self.recipe.erasing, size, height, width, random), axis=1)
        return drawn

    def apply(self, images: Any, changes: Any) -> Any:
        """Apply `changes` (n, columns) to uint8 images (n, height, width, channels).

        What enters is ground: white for dark ink, else black.
        """
        dark = self.recipe.reading == DARK_INK
        made = 255 - images if dark else images
        start = 0
        for part, count in self._parts:
            if count:
                made = part.apply(self.recipe, made, changes[:, start : start + count])
            start += count
        if self._erases:
            made = _erased(made, changes[:, start:])
        return 255 - made if dark else made


def _erased(images: Any, boxes: Any) -> Any:
    ops = keras().ops
    height, width = images.shape[1:3]
    top, bottom, left, right = (ops.reshape(boxes[:, column], (-1, 1, 1, 1)) for column in range(4))
    y, x = (
        ops.reshape(ops.arange(side, dtype="float32"), shape)
        for side, shape in ((height, (1, -1, 1, 1)), (width, (1, 1, -1, 1)))
    )
    inside = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return ops.where(inside, ops.zeros_like(images), images)


def _boxes(
    fraction: float, size: int, height: int, width: int, random: np.random.Generator
) -> list[NDArray[np.float64]]:
    """Draw top, bottom, left and right of a box in `fraction` of the images; 0 in the others."""
    chosen = random.random(size) < fraction
    edges = []
    for side in (height, width):
        length = np.round(random.uniform(*_ERASED, size) * side)
        start = np.floor(random.random(size) * (side - length + 1))
        edges += [start * chosen, (start + length) * chosen]
    return edges
