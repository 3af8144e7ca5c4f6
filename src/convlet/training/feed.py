"""How batches reach `fit`: `Feed` works on any engine; `feeding.py` chooses faster ones."""

import contextlib
import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.recipes import Recipe
from convlet.system.engine import jitted, keras
from convlet.training.plan import Plan
from convlet.training.read_ahead import Batch, read_ahead

VALIDATION_BATCH = 256


class Feed:
    """Feed `fit` one batch at a time from Python. The nets of an ensemble share one feed.

    Attributes:
        steps_per_execution: steps per call into the engine.
        batch_normalization: the layer class to train with; None for Keras's.
        note: for the user, or "".
    """

    steps_per_execution = 1
    batch_normalization: Any = None
    note = ""

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe

    def scope(self) -> AbstractContextManager[Any]:
        """Return the scope to build and train the model in."""
        return contextlib.nullcontext()

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:  # noqa: ARG002
        """Return the model to compile and fit with a loss per image; it trains the weights of `net`."""
        return net

    def training_batches(self, split: Split, plan: Plan) -> Any:
        """Return one epoch, by `plan.epoch` when its iteration starts.

        Yields uint8 images (batch, height, width, channels) and int64 labels (batch,); the last batch may be smaller.
        """
        return _batches(split, self.recipe.batch_size, plan)

    def validation_batches(self, split: Split) -> Any:
        """Return a split's batches in its own order."""
        return _batches(split, VALIDATION_BATCH)

    def warm_up_images(self, size: int) -> int:
        """Return how many of `size` images compile every shape of step, the last, smaller batch's included."""
        batch = self.recipe.batch_size
        return min(size, batch * self.steps_per_execution + size % batch)


def _batches(split: Split, batch_size: int, plan: Plan | None = None) -> Any:
    change = jitted(plan.augmentation.apply) if plan and plan.augmentation else None
    steps = math.ceil(len(split) / batch_size)

    class Batches(keras().utils.PyDataset):  # type: ignore[misc]
        epoch = -1
        order: NDArray[np.int64] = np.arange(len(split))
        ahead: Iterator[Batch] = iter(())
        expected = -1

        def __len__(self) -> int:
            return steps

        def __getitem__(self, step: int) -> tuple[Any, NDArray[np.int64]]:
            if plan and self.epoch != plan.epoch:
                self.epoch, self.order, self.changes = plan.epoch, plan.order(), plan.changes()
                self.expected = -1
            if step != self.expected:
                self.ahead = read_ahead(split, self.order, batch_size, step)
            self.expected = step + 1
            images, labels = next(self.ahead)
            rows = slice(step * batch_size, (step + 1) * batch_size)
            return (change(images, self.changes[rows]) if change else images), labels

    return Batches()
