"""The batches of a training by several processes, and the model that takes them: see `distribute.py`."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.system.engine import keras
from convlet.training.augmentation.augment import Augmentation
from convlet.training.distributed.distribute import Part
from convlet.training.plan import Plan


def on_shares(net: Any, augmentation: Augmentation, part: Part) -> Any:
    """A `keras.Model` around `net` that trains and is judged on the batches of `shares`. Make it within `distribute.together`.

    All processes' shares are one array, whose last rows repeat others where the batch cannot be divided evenly. They are cut off in the step, so that it
    computes what it would compute alone; and what augmentation takes from another image it takes from the whole batch.

    Args:
        net: the model whose weights are trained.
        augmentation: what the plan does to the images.
        part: this process's.
    """

    class OnShares(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=net.name)
            self.net = net

        def call(self, images: Any, training: bool = False) -> Any:
            return self.net(images["images"] if isinstance(images, dict) else images, training=training)

        def train_step(self, state: Any, data: Any) -> Any:
            images, labels, changes = self._whole(data)
            return super().train_step(state, (augmentation.apply(images, changes) if augmentation else images, labels))

        def test_step(self, state: Any, data: Any) -> Any:
            images, labels, _ = self._whole(data)
            return super().test_step(state, (images, labels))

        def _whole(self, data: Any) -> tuple[Any, Any, Any]:
            given, labels, _ = keras().utils.unpack_x_y_sample_weight(data)
            size = given["size"].shape[0] // part.of
            return given["images"][:size], labels[:size], given["changes"][:size]

    return OnShares()


def shares(split: Split, batch_size: int, plan: Plan | None, part: Part) -> Any:
    """This process's part of each batch of an epoch; without a plan in the split's own order.

    Returns:
        A `keras.utils.PyDataset`. Yields a dictionary of `images`, uint8 (share, height, width, channels), `changes`, float32 (share, columns),
        and `size`, of as many rows as the whole batch and no columns: the step's program is made for one size; and int64 labels (share,).
    """

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
            given = {
                "images": split.images[self.order[rows]],
                "changes": self.changes[rows],
                "size": np.empty((size, 0), np.uint8),
            }
            return given, split.labels[self.order[rows]]

    return Shares()
