"""What an epoch consists of: the order of the images and what is done to each."""

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import Recipe
from convlet.training.augmentation.augment import Augmentation
from convlet.training.balance import Shares


class Plan:
    """The order of an epoch's `size` images, and their augmentation.

    Both depend on seed and epoch alone, so a resumed run sees the batches it would have seen. Set `epoch` (from 0) as
    each begins.
    """

    def __init__(
        self, recipe: Recipe, size: int, image_shape: tuple[int, int, int], shares: Shares | None = None
    ) -> None:
        self.recipe, self.size, self.image_shape, self.epoch = recipe, size, image_shape, 0
        self.augmentation = Augmentation(recipe)
        self._shares = shares

    def order(self) -> NDArray[np.int64]:
        """Return the images' indices in order, int64 (size,); with `shares`, some repeatedly and others not."""
        random = self._random(0)
        return self._shares.draw(random) if self._shares else random.permutation(self.size)

    def changes(self) -> NDArray[np.float32]:
        """Draw each image's augmentation, in the epoch's order: float32 (size, columns)."""
        height, width, _ = self.image_shape
        return self.augmentation.draw(self.size, height, width, self._random(1))

    def engine_seed(self) -> int:
        """Return the seed of the engine's random numbers."""
        return int(self._random(3).integers(2**63))

    def _random(self, purpose: int) -> np.random.Generator:
        return np.random.default_rng((self.recipe.seed, self.epoch, purpose))
