"""A whole epoch in one compiled call, for chips that `fit` cannot keep busy batch by batch. JAX only.

A small net's step takes a GPU less time than Python takes to ask for the next. Here `fit` sees one step an epoch: the images lie on the
device, the step is given the epoch's plan, and `jax.lax.scan` goes through its batches. Not on a processor: there XLA runs convolutions inside a loop on
one thread.
"""

from typing import Any

import numpy as np

from convlet.data import Split
from convlet.system.engine import jax_platform, keras
from convlet.training.augmentation.augment import Augmentation
from convlet.training.distributed.distribute import part
from convlet.training.plan import Plan


def scans() -> bool:
    """Whether to train by whole epochs: on JAX, where it computes on something other than a processor, and in one process."""
    return jax_platform() not in ("", "cpu") and not part().shared


def epoch_at_once(net: Any, batch_size: int, augmentation: Augmentation) -> Any:
    """A `keras.Model` around `net` whose training step is an epoch; feed it `epochs_at_once`.

    Args:
        net: the model whose weights are trained.
        batch_size: images per step.
        augmentation: what the plan does to the images.
    """
    import jax

    class EpochAtOnce(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=net.name)
            self.net = net

        def call(self, images: Any, training: bool = False) -> Any:
            return self.net(images, training=training)

        def train_step(self, state: Any, data: Any) -> Any:
            given, _, _ = keras().utils.unpack_x_y_sample_weight(data)
            size = given["order"].shape[0]
            whole = size // batch_size * batch_size

            def step(state: Any, rows: Any) -> Any:
                order, changes = rows
                images = given["images"][order]
                images = augmentation.apply(images, changes) if augmentation else images
                logs, state = super(EpochAtOnce, self).train_step(state, (images, given["labels"][order]))
                return state, logs

            def batches(values: Any) -> Any:
                return values[:whole].reshape(-1, batch_size, *values.shape[1:])

            state, logs = jax.lax.scan(step, state, (batches(given["order"]), batches(given["changes"])))
            last = jax.tree.map(lambda values: values[-1], logs)
            if whole < size:  # the last, smaller batch
                state, last = step(state, (given["order"][whole:], given["changes"][whole:]))
            return last, state

    return EpochAtOnce()


def epochs_at_once(split: Split, plan: Plan) -> Any:
    """What `epoch_at_once` trains on: a `keras.utils.PyDataset` of one element, the images and the plan of `plan.epoch`."""
    import jax

    images, labels = jax.device_put(np.asarray(split.images)), jax.device_put(split.labels)

    class Epochs(keras().utils.PyDataset):  # type: ignore[misc]
        def __len__(self) -> int:
            return 1

        def __getitem__(self, _: int) -> Any:
            changes = plan.changes() if plan.augmentation else np.zeros((len(split), 0), np.float32)
            return {"images": images, "labels": labels, "order": plan.order(), "changes": changes}, labels[:1]

    return Epochs()
