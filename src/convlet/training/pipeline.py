"""Batches for `fit`: the images stay in memory as one uint8 tensor, and each batch is gathered from it by index.

Against `fit` on arrays this avoids float copies of the whole data set and a trip through Python per batch.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.engine import tensorflow

_VALIDATION_BATCH = 256
_IMAGES_PER_EXECUTION = 2_048


class Order:
    """The order of the images in an epoch, which depends on the seed and the epoch's number alone.

    A run taken up at epoch 4 therefore sees the batches it would have seen. `epoch` is set as each epoch begins.
    """

    def __init__(self, seed: int, size: int) -> None:
        self.seed, self.size, self.epoch = seed, size, 0

    def __call__(self) -> NDArray[np.int64]:
        """The images' indices in this epoch's order, int64 (size,)."""
        return np.random.default_rng((self.seed, self.epoch)).permutation(self.size)


def steps_per_execution(batch_size: int) -> int:
    """Steps to run in one call into the engine: many for small batches, whose Python overhead would show."""
    return max(1, _IMAGES_PER_EXECUTION // batch_size)


def training_batches(split: Split, batch_size: int, order: Order) -> Any:
    """A `tf.data.Dataset` of one epoch, in the order of `order.epoch` at the moment its iteration starts.

    Yields uint8 images (batch, height, width, channels) and int64 labels (batch,); the last batch may be smaller.
    """
    tf = tensorflow()
    images, labels = tf.constant(split.images), tf.constant(split.labels)

    def one_epoch(_: Any) -> Any:
        indices = tf.ensure_shape(tf.numpy_function(order, [], tf.int64), [len(split)])
        return tf.data.Dataset.from_tensor_slices(indices).batch(batch_size)

    return (
        tf.data.Dataset.from_tensors(0)
        .flat_map(one_epoch)
        .map(lambda indices: (tf.gather(images, indices), tf.gather(labels, indices)))
        .apply(tf.data.experimental.assert_cardinality(-(-len(split) // batch_size)))
        .prefetch(2)
    )


def validation_batches(split: Split) -> Any:
    """A `tf.data.Dataset` over a split, in its own order."""
    tf = tensorflow()
    return tf.data.Dataset.from_tensor_slices((split.images, split.labels)).batch(_VALIDATION_BATCH).prefetch(2)
