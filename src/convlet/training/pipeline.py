"""Batches for `fit`: each is gathered by index from images that stay where they are, as uint8, in memory or on disk.

Against `fit` on arrays this avoids float copies of the whole data set and a trip through Python per batch.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import ImagesOnDisk, Split
from convlet.errors import ConvletError
from convlet.system.engine import jitted, keras, on_tensorflow, tensorflow
from convlet.training.distributed.distribute import part
from convlet.training.distributed.shares import shares
from convlet.training.engines import scan
from convlet.training.plan import Plan
from convlet.training.read_ahead import Batch, read_ahead, readers

_VALIDATION_BATCH = 256
_IMAGES_PER_EXECUTION = 4_096

Failures = list[ConvletError]


def steps_per_execution(batch_size: int) -> int:
    """Steps to run in one call into the engine: many for small batches, whose Python overhead would show."""
    return max(1, _IMAGES_PER_EXECUTION // batch_size) if on_tensorflow() else 1


def by_epochs(split: Split) -> bool:
    """Whether the model is fed whole epochs, see `scan.py`."""
    return scan.scans() and isinstance(split.images, np.ndarray)


def training_batches(split: Split, batch_size: int, plan: Plan, failures: Failures) -> Any:
    """One epoch, by the plan of `plan.epoch` at the moment its iteration starts.

    Args:
        split: the images, in memory or on disk.
        batch_size: images per batch; the last may be smaller.
        plan: order and augmentation.
        failures: takes up what went wrong while reading, which comes out of TensorFlow as an error of its own.

    Returns:
        A `tf.data.Dataset` on TensorFlow, else a `keras.utils.PyDataset`, of whole epochs if `by_epochs`, of this process's part of each batch where there are
        several processes. Yields uint8 images (batch, height, width, channels) and int64 labels (batch,).
    """
    if part().shared:
        return shares(split, batch_size, plan, part())
    if not on_tensorflow():
        return scan.epochs_at_once(split, plan) if by_epochs(split) else _python_batches(split, batch_size, plan)
    tf = tensorflow()
    steps = math.ceil(len(split) / batch_size)
    gather = _gathering(split, failures)

    def one_epoch(_: Any) -> Any:
        order = tf.ensure_shape(tf.numpy_function(plan.order, [], tf.int64), [len(split)])
        changed = len(split) if plan.augmentation else 0
        changes = tf.ensure_shape(tf.numpy_function(plan.changes, [], tf.float32), [changed, plan.augmentation.columns])

        def batch(step: Any) -> Any:
            rows = slice(step * batch_size, (step + 1) * batch_size)
            taken, labels = gather(order[rows])
            return (plan.augmentation.apply(taken, changes[rows]) if plan.augmentation else taken), labels

        return tf.data.Dataset.range(steps).map(batch, **_side_by_side(split))

    batches = tf.data.Dataset.from_tensors(0).flat_map(one_epoch)
    return _with_options(batches.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(2), split)


def validation_batches(split: Split, failures: Failures) -> Any:
    """The batches of a split in its own order; see `training_batches`."""
    if part().shared:
        return shares(split, _VALIDATION_BATCH, None, part())
    if not on_tensorflow():
        return _python_batches(split, _VALIDATION_BATCH, None)
    tf = tensorflow()
    indices = tf.data.Dataset.range(len(split)).batch(_VALIDATION_BATCH)
    return _with_options(indices.map(_gathering(split, failures), **_side_by_side(split)).prefetch(2), split)


def _gathering(split: Split, failures: Failures) -> Callable[[Any], Any]:
    """A function inside TensorFlow from indices to their images and labels."""
    tf = tensorflow()
    if isinstance(split.images, np.ndarray):
        images, labels = tf.constant(split.images), tf.constant(split.labels)
        return lambda indices: (tf.gather(images, indices), tf.gather(labels, indices))

    def read(indices: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
        try:
            return split.images[indices], split.labels[indices]
        except ConvletError as error:
            failures.append(error)
            raise

    def gather(indices: Any) -> Any:
        taken, labels = tf.numpy_function(read, [indices], [tf.uint8, tf.int64])
        return tf.ensure_shape(taken, [None, *split.image_shape]), tf.ensure_shape(labels, [None])

    return gather


def _side_by_side(split: Split) -> dict[str, Any]:
    """How `map` is to make batches: of images on disk as many at a time as `readers` says, in their order all the same."""
    return {"num_parallel_calls": readers(), "deterministic": True} if isinstance(split.images, ImagesOnDisk) else {}


def _with_options(batches: Any, split: Split) -> Any:
    """tf.data's tuner has nothing to tune here, and ending its thread can take a second at the end of a one-second training."""
    options = tensorflow().data.Options()
    options.autotune.enabled = False
    if isinstance(split.images, ImagesOnDisk):
        options.threading.private_threadpool_size = readers() + 1  # who waits for a disk keeps no thread from training
    return batches.with_options(options)


def _python_batches(split: Split, batch_size: int, plan: Plan | None) -> Any:
    """Batches for the other engines; without a plan in the split's own order."""
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
            taken, labels = next(self.ahead)
            rows = slice(step * batch_size, (step + 1) * batch_size)
            return (change(taken, self.changes[rows]) if change else taken), labels

    return Batches()
