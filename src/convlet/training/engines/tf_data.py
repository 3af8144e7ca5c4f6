"""Provide batches with `tf.data`: gathered by index from uint8 images in memory or on disk.

Unlike `fit` on arrays, this needs no float copy of the data set and no Python per batch.
"""

import contextlib
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import ImagesOnDisk, Split
from convlet.errors import ConvletError
from convlet.recipes import Recipe
from convlet.system.engine import settle_threads, tensorflow
from convlet.training.engines.fused import fused_kinds
from convlet.training.engines.replicas import side_by_side
from convlet.training.feed import VALIDATION_BATCH, Feed
from convlet.training.plan import Plan
from convlet.training.read_ahead import readers

_IMAGES_PER_EXECUTION = 4_096


class TensorFlowFeed(Feed):
    """Feed TensorFlow: many small steps per call to save Python's overhead, and parallel replicas."""

    def __init__(self, recipe: Recipe) -> None:
        super().__init__(recipe)
        self.steps_per_execution = max(1, _IMAGES_PER_EXECUTION // recipe.batch_size)
        self.kinds = fused_kinds()
        self.note = settle_threads(int(recipe.replicas))
        self.failures: list[ConvletError] = []

    @contextlib.contextmanager
    def scope(self) -> Iterator[None]:
        """Raise our errors from reading images, which TensorFlow wraps in its own."""
        try:
            yield
        except Exception as error:
            if self.failures:
                raise self.failures[0] from error
            raise

    def wrap(self, net: Any, loss: Callable[[Any, Any], Any]) -> Any:
        """See `Feed`."""
        replicas = int(self.recipe.replicas)
        return side_by_side(net, loss, replicas) if replicas > 1 else net

    def training_batches(self, split: Split, plan: Plan, first: int = 0) -> Any:
        """See `Feed`; a `tf.data.Dataset`."""
        tf = tensorflow()
        batch_size, augmentation = self.recipe.batch_size, self.augmentation
        steps = math.ceil(plan.size / batch_size)
        gather = self._gather(split)

        def one_epoch(_: Any) -> Any:
            order = tf.ensure_shape(tf.numpy_function(plan.order, [], tf.int64), [plan.size])
            changes = tf.numpy_function(plan.changes, [], tf.float32)
            changes = tf.ensure_shape(changes, [plan.size, augmentation.columns])

            def batch(step: Any) -> Any:
                rows = slice(step * batch_size, (step + 1) * batch_size)
                images, labels = gather(order[rows])
                return augmentation.apply(images, labels, changes[rows])

            return _map(tf.data.Dataset.range(first, steps), batch, split)

        batches = tf.data.Dataset.from_tensors(0).flat_map(one_epoch)
        return _prefetched(batches.apply(tf.data.experimental.assert_cardinality(steps - first)), split)

    def validation_batches(self, split: Split) -> Any:
        """See `Feed`; a `tf.data.Dataset`."""
        indices = tensorflow().data.Dataset.range(len(split)).batch(VALIDATION_BATCH)
        return _prefetched(_map(indices, self._gather(split), split), split)

    def _gather(self, split: Split) -> Callable[[Any], Any]:
        """Return a TensorFlow function from indices to images and labels."""
        tf = tensorflow()
        if isinstance(split.images, np.ndarray):
            images, labels = tf.constant(split.images), tf.constant(split.labels)
            return lambda indices: (tf.gather(images, indices), tf.gather(labels, indices))

        def read(indices: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
            try:
                return split.images[indices], split.labels[indices]
            except ConvletError as error:
                self.failures.append(error)
                raise

        def gather(indices: Any) -> Any:
            images, labels = tf.numpy_function(read, [indices], [tf.uint8, tf.int64])
            return tf.ensure_shape(images, [None, *split.image_shape]), tf.ensure_shape(labels, [None])

        return gather


def _map(indices: Any, function: Callable[[Any], Any], split: Split) -> Any:
    """Map indices to batches; images on disk are read in parallel and stay in order."""
    if isinstance(split.images, ImagesOnDisk):
        return indices.map(function, num_parallel_calls=readers(), deterministic=True)
    return indices.map(function)


def _prefetched(batches: Any, split: Split) -> Any:
    options = tensorflow().data.Options()
    options.autotune.enabled = False  # its thread can take a second to end
    if isinstance(split.images, ImagesOnDisk):
        options.threading.private_threadpool_size = readers() + 1  # waiting for disks does not block training
    return batches.prefetch(2).with_options(options)
