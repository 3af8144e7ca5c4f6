"""Run a whole epoch in one compiled call, for chips that `fit` cannot keep busy batch by batch. JAX only.

A small net's step takes a GPU less time than Python needs to call the next. So `fit` sees one step per epoch: images
are on the device, and `jax.lax.scan` runs the plan's batches. Not for CPUs, where XLA runs looped convolutions on
one thread.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.errors import ModelError
from convlet.training.engines.wrapper import wrapper
from convlet.training.feed import Feed, epochs
from convlet.training.plan import Plan


class EpochFeed(Feed):
    """Feed JAX whole epochs of images in memory."""

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:  # noqa: ARG002
        """See `Feed`; a training step is an epoch."""
        import jax

        batch_size, augmentation = self.recipe.batch_size, self.augmentation

        class EpochAtOnce(wrapper()):  # type: ignore[misc]
            def train_step(self, state: Any, data: Any) -> Any:
                given, *_ = data
                size = given["order"].shape[0]
                whole = size // batch_size * batch_size

                def step(state: Any, rows: Any) -> Any:
                    order, changes = rows
                    batch = augmentation.apply(given["images"][order], given["labels"][order], changes)
                    logs, state = super(EpochAtOnce, self).train_step(state, batch)
                    return state, logs

                def batches(values: Any) -> Any:
                    return values[:whole].reshape(-1, batch_size, *values.shape[1:])

                state, logs = jax.lax.scan(step, state, (batches(given["order"]), batches(given["changes"])))
                last = jax.tree.map(lambda values: values[-1], logs)
                if whole < size:  # the last, smaller batch
                    state, last = step(state, (given["order"][whole:], given["changes"][whole:]))
                return last, state

        return EpochAtOnce(net)

    def training_batches(self, split: Split, plan: Plan, first: int = 0) -> Any:
        """Return a `keras.utils.PyDataset` of one element: the images and the epoch's plan.

        Raises:
            ModelError: the epoch is not to begin with its first step.
        """
        if first:
            raise ModelError(
                f"the state was saved after {first:,} steps of an epoch, on a processor; here an epoch is one call. "
                "Resume it where it was started."
            )
        import jax

        images, labels = jax.device_put(np.asarray(split.images)), jax.device_put(split.labels)

        def epoch(_: int, order: NDArray[np.int64], changes: NDArray[np.float32]) -> Any:
            return {"images": images, "labels": labels, "order": order, "changes": changes}, labels[:1]

        return epochs(split, plan.size, plan, epoch)

    def warm_up_images(self, size: int) -> int:
        """See `Feed`; a step is compiled for one epoch size."""
        return size
