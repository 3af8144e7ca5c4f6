"""Provide batches for several processes, and the model that takes them: see `distribute.py`."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.recipes import Recipe
from convlet.system.engine import keras
from convlet.training.distributed.distribute import Part
from convlet.training.engines.wrapper import wrapper
from convlet.training.feed import Feed, epochs
from convlet.training.plan import Plan


class SharedFeed(Feed):
    """Feed JAX this process's part of each batch.

    If the batch does not divide evenly, the last rows of the processes' common array repeat others. The step drops
    them, so it computes what one process would; augmentation that mixes images sees the whole batch.
    """

    def __init__(self, recipe: Recipe, part: Part) -> None:
        super().__init__(recipe)
        self.part = part

    def scope(self) -> Any:
        """Return a scope that puts variables on all processes."""
        distribution = keras().distribution
        return distribution.DataParallel(devices=distribution.list_devices(), auto_shard_dataset=False).scope()

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:  # noqa: ARG002
        """See `Feed`; call it within `scope`."""
        augmentation, processes = self.augmentation, self.part.of

        class OnShares(wrapper()):  # type: ignore[misc]
            def train_step(self, state: Any, data: Any) -> Any:
                return super().train_step(state, augmentation.apply(*self._whole(data)))

            def test_step(self, state: Any, data: Any) -> Any:
                return super().test_step(state, self._whole(data)[:2])

            def _whole(self, data: Any) -> tuple[Any, Any, Any]:
                given, labels, *_ = data
                size = given["size"].shape[0] // processes
                return given["images"][:size], labels[:size], given["changes"][:size]

        return OnShares(net)

    def batches(self, split: Split, batch_size: int, plan: Plan | None = None, skipped: int = 0) -> Any:
        """Return this process's part of each batch, as a `keras.utils.PyDataset`.

        Yields a dictionary and int64 labels (share,). The dictionary holds `images`, uint8 (share, height, width,
        channels), `changes`, float32 (share, columns), and `size`, (batch, 0), whose shape tells the step its size.
        """

        def batch(step: int, order: NDArray[np.int64], changes: NDArray[np.float32]) -> Any:
            start = step * batch_size
            size = min(batch_size, len(order) - start)
            share = -(-size // self.part.of)
            first = self.part.index * share
            rows = start + np.minimum(np.arange(first, first + share), size - 1)
            images, sized = split.images[order[rows]], np.empty((size, 0), np.uint8)
            return {"images": images, "changes": changes[rows], "size": sized}, split.labels[order[rows]]

        return epochs(split, batch_size, plan, batch, skipped)
