"""Augment the training images with small random changes, drawn anew for each epoch (`plan.py`).

The engine applies them to whole batches: it moves and bends each image (`warp.py`), changes its light (`color.py`),
then its ink (`ink.py`), and replaces a part with another image (`mixing.py`).
"""

from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import DARK_INK, Recipe
from convlet.training.augmentation import color, ink, mixing, warp


class Augmentation:
    """The changes that a recipe makes to its training images; false if none.

    Attributes:
        columns: the number of values that describe one image's change.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.columns = recipe, 0
        self._parts: list[tuple[ModuleType, slice]] = []
        for part in (warp, color, ink, mixing):
            if count := part.columns(recipe):
                self._parts.append((part, slice(self.columns, self.columns + count)))
                self.columns += count

    def __bool__(self) -> bool:
        return self.columns > 0

    def draw(
        self,
        size: int,
        height: int,
        width: int,
        random: np.random.Generator,
        mirrored: NDArray[np.bool_] | None = None,
    ) -> NDArray[np.float32]:
        """Draw a change for each image: float32 (size, columns); `mirrored`, bool (size,), says which to mirror."""
        drawn = np.empty((size, self.columns), np.float32)
        for part, columns in self._parts:
            part.draw(self.recipe, drawn[:, columns], height, width, random)
        if mirrored is not None:
            warp.mirror(drawn, mirrored, width)
        return drawn

    def apply(self, images: Any, labels: Any, changes: Any) -> tuple[Any, Any]:
        """Apply `changes` (n, columns) to uint8 images (n, height, width, channels) and their labels (n,).

        Pixels from outside are background: white for dark ink, else black. If the recipe mixes images, labels become
        those of `mixing.labels`.
        """
        dark = self.recipe.reading == DARK_INK and bool(self)
        made = 255 - images if dark else images
        for part, columns in self._parts:
            made = part.apply(self.recipe, made, changes[:, columns])
            if part is mixing:
                labels = mixing.labels(labels, changes[:, columns])
        return (255 - made if dark else made), labels
