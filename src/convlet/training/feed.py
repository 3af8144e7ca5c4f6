"""Feed batches to `fit`: `Feed` works on any engine; `feeding.py` chooses faster ones."""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.models import Kinds
from convlet.recipes import Recipe
from convlet.system.engine import jitted, keras
from convlet.training.augmentation.augment import Augmentation
from convlet.training.plan import Plan
from convlet.training.read_ahead import Batch, read_ahead

VALIDATION_BATCH = 256


class Feed:
    """Feed `fit` one batch at a time from Python. The nets of an ensemble share one feed.

    Attributes:
        steps_per_execution: steps per call into the engine.
        kinds: the classes of layers to train with; None for Keras's.
        note: for the user, or "".
    """

    steps_per_execution = 1
    kinds: Kinds | None = None
    note = ""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe, self.augmentation = recipe, Augmentation(recipe)

    def scope(self) -> Any:
        """Return the scope to build and train the model in."""
        return contextlib.nullcontext()

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:  # noqa: ARG002
        """Return the model to compile and fit with a loss per image; it trains the weights of `net`."""
        return net

    def training_batches(self, split: Split, plan: Plan, first: int = 0) -> Any:
        """Return one epoch from step `first` on, the one that `plan.epoch` names when its iteration starts.

        It yields uint8 images (batch, height, width, channels) and integer labels (batch,), or those of mixed images
        (`mixing.labels`); the last batch may be smaller.
        """
        return self.batches(split, self.recipe.batch_size, plan, first)

    def validation_batches(self, split: Split) -> Any:
        """Return a split's batches in its own order."""
        return self.batches(split, VALIDATION_BATCH)

    def batches(self, split: Split, batch_size: int, plan: Plan | None = None, skipped: int = 0) -> Any:
        """Return batches according to a plan, without the first ones, or in the split's own order."""
        change = jitted(self.augmentation.apply) if plan and self.augmentation else None
        ahead: Iterator[Batch] = iter(())
        expected = 0

        def batch(step: int, order: NDArray[np.int64], changes: NDArray[np.float32]) -> Batch:
            nonlocal ahead, expected
            if step == skipped or step != expected:
                ahead = read_ahead(split, order, batch_size, step)
            expected = step + 1
            images, labels = next(ahead)
            if change:
                images, labels = change(images, labels, changes[step * batch_size : expected * batch_size])
            return images, labels

        return epochs(split, batch_size, plan, batch, skipped)

    def warm_up_images(self, size: int) -> int:
        """Return how many of `size` images compile every step shape, including that of the last, smaller batch."""
        batch = self.recipe.batch_size
        return min(size, batch * self.steps_per_execution + size % batch)


def epochs(split: Split, batch_size: int, plan: Plan | None, batch: Callable[..., Any], skipped: int = 0) -> Any:
    """Return a `keras.utils.PyDataset` of `batch(step, order, changes)`, with the epoch's order and changes."""
    size = plan.size if plan else len(split)

    class Epochs(keras().utils.PyDataset):  # type: ignore[misc]
        epoch = -1
        order: NDArray[np.int64] = np.arange(size)
        changes: NDArray[np.float32] = np.empty((size, 0), np.float32)

        def __len__(self) -> int:
            return math.ceil(size / batch_size) - skipped

        def __getitem__(self, step: int) -> Any:
            if plan and self.epoch != plan.epoch:
                self.epoch, self.order, self.changes = plan.epoch, plan.order(), plan.changes()
            return batch(step + skipped, self.order, self.changes)

    return Epochs()
