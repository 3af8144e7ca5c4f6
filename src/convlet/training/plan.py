"""Plan an epoch: the order of the images and the change to each."""

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import Recipe
from convlet.training.augmentation.augment import Augmentation
from convlet.training.balance import Shares


class Plan:
    """The order of an epoch's `size` images, and their augmentation.

    Both depend only on seed and epoch, so a resumed run sees the same batches. Set `epoch` (from 0) when each one
    begins.
    """

    def __init__(
        self, recipe: Recipe, size: int, image_shape: tuple[int, int, int], shares: Shares | None = None
    ) -> None:
        self.recipe, self.size, self.image_shape, self.epoch = recipe, size, image_shape, 0
        self.augmentation = Augmentation(recipe)
        self._shares = shares

    def order(self) -> NDArray[np.int64]:
        """Return the images' indices in order, int64 (size,); with `shares`, some are repeated and others missing."""
        random = self._random(0)
        return self._shares.draw(random) if self._shares else random.permutation(self.size)

    def changes(self) -> NDArray[np.float32]:
        """Draw each image's augmentation, in the epoch's order: float32 (size, columns)."""
        height, width, _ = self.image_shape
        mirrored = self._mirrored() if self.recipe.flip else None
        return self.augmentation.draw(self.size, height, width, self._random(1), mirrored)

    def engine_seed(self) -> int:
        """Return the seed of the engine's random numbers."""
        return int(self._random(3).integers(2**63))

    def _mirrored(self) -> NDArray[np.bool_]:
        """Choose a fraction `flip` of the images, in the epoch's order, each in turn: with 0.5, every other time.

        So a net that sees an image twice sees it both ways, never one way twice (Keller Jordan 2024).
        """
        flip, images = float(self.recipe.flip), self.order()
        starts = self._random(4, epoch=0).random(images.max() + 1)
        turn = self.epoch + (_times_before(images) if self._shares else 0)
        mirrored: NDArray[np.bool_] = (starts[images] + turn * flip) % 1 < flip
        return mirrored

    def _random(self, purpose: int, epoch: int | None = None) -> np.random.Generator:
        return np.random.default_rng((self.recipe.seed, self.epoch if epoch is None else epoch, purpose))


def _times_before(images: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how often each image has appeared earlier in the order."""
    ranked = np.argsort(images, kind="stable")
    ordered, times = images[ranked], np.empty_like(images)
    times[ranked] = np.arange(len(images)) - np.searchsorted(ordered, ordered)
    return times
