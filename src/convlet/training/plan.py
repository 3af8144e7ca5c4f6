"""What an epoch consists of: the images' order and what is done to each."""

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import Recipe
from convlet.training.augmentation.augment import Augmentation


class Plan:
    """The order of the images in an epoch and their augmentation, which depend on the seed and the epoch's number alone.

    A run taken up at epoch 4 therefore sees the batches it would have seen. `epoch` (from 0) is set as each epoch begins.

    Args:
        recipe: its seed and augmentation.
        size: how many images there are.
        image_shape: (height, width, channels).
    """

    def __init__(self, recipe: Recipe, size: int, image_shape: tuple[int, int, int]) -> None:
        self.recipe, self.size, self.image_shape, self.epoch = recipe, size, image_shape, 0
        self.augmentation = Augmentation(recipe)

    def order(self) -> NDArray[np.int64]:
        """The images' indices in this epoch's order, int64 (size,)."""
        return self._random(0).permutation(self.size)

    def changes(self) -> NDArray[np.float32]:
        """What is done to each image of the epoch, in the epoch's order: float32, see `Augmentation`; no rows where nothing is changed."""
        if not self.augmentation:
            return np.empty((0, self.augmentation.columns), np.float32)
        height, width, _ = self.image_shape
        return self.augmentation.draw(self.size, height, width, self._random(1))

    def chance(self) -> int:
        """Where the engine's own random numbers of this epoch start."""
        return int(self._random(3).integers(2**63))

    def _random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng((self.recipe.seed, self.epoch, purpose))
