"""Batches for several processes, and the model that takes them: see `distribute.py`."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.recipes import Recipe
from convlet.system.engine import keras
from convlet.training.augmentation.augment import Augmentation
from convlet.training.distributed.distribute import Part
from convlet.training.engines.wrapper import wrapper
from convlet.training.feed import VALIDATION_BATCH, Feed
from convlet.training.plan import Plan


class SharedFeed(Feed):
    """Feed JAX this process's part of each batch.

    Where the batch does not divide evenly, the last rows of the processes' common array repeat others. The step cuts
    them off, so it computes what one process would; augmentation that mixes images sees the whole batch.
    """

    def __init__(self, recipe: Recipe, part: Part) -> None:
        super().__init__(recipe)
        self.part = part

    def scope(self) -> AbstractContextManager[Any]:
        """Return a scope that puts variables on all processes."""
        distribution = keras().distribution
        scope: AbstractContextManager[Any] = distribution.DataParallel(
            devices=distribution.list_devices(), auto_shard_dataset=False
        ).scope()
        return scope

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:  # noqa: ARG002
        """See `Feed`; call it within `scope`."""
        augmentation, processes = Augmentation(self.recipe), self.part.of

        class OnShares(wrapper()):  # type: ignore[misc]
            def train_step(self, state: Any, data: Any) -> Any:
                images, labels, changes = self._whole(data)
                images = augmentation.apply(images, changes) if augmentation else images
                return super().train_step(state, (images, labels))

            def test_step(self, state: Any, data: Any) -> Any:
                return super().test_step(state, self._whole(data)[:2])

            def _whole(self, data: Any) -> tuple[Any, Any, Any]:
                given, labels, _ = keras().utils.unpack_x_y_sample_weight(data)
                size = given["size"].shape[0] // processes
                return given["images"][:size], labels[:size], given["changes"][:size]

        return OnShares(net)

    def training_batches(self, split: Split, plan: Plan) -> Any:
        """Return this process's part of each batch of an epoch, as a `keras.utils.PyDataset`.

        Yields a dictionary and int64 labels (share,). The dictionary holds `images`, uint8 (share, height, width,
        channels), `changes`, float32 (share, columns), and `size`, (batch, 0), whose shape tells the step its size.
        """
        return _shares(split, self.recipe.batch_size, plan, self.part)

    def validation_batches(self, split: Split) -> Any:
        """See `Feed`; this process's part of each batch."""
        return _shares(split, VALIDATION_BATCH, None, self.part)


def _shares(split: Split, batch_size: int, plan: Plan | None, part: Part) -> Any:
    class Shares(keras().utils.PyDataset):  # type: ignore[misc]
        epoch = -1
        order: NDArray[np.int64] = np.arange(len(split))
        changes: NDArray[np.float32] = np.empty((len(split), 0), np.float32)

        def __len__(self) -> int:
            return math.ceil(len(split) / batch_size)

        def __getitem__(self, step: int) -> tuple[dict[str, Any], NDArray[np.int64]]:
            if plan and self.epoch != plan.epoch:
                self.epoch, self.order = plan.epoch, plan.order()
                if plan.augmentation:
                    self.changes = plan.changes()
            start = step * batch_size
            size = min(batch_size, len(split) - start)
            share = -(-size // part.of)
            rows = start + np.minimum(np.arange(part.index * share, (part.index + 1) * share), size - 1)
            images = {
                "images": split.images[self.order[rows]],
                "changes": self.changes[rows],
                "size": np.empty((size, 0), np.uint8),
            }
            return images, split.labels[self.order[rows]]

    return Shares()
