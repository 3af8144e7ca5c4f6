"""Data parallelism inside one process: each batch is split, and the parts run through the net side by side.

An operation of a small net is over in microseconds, so that sharing it out among threads costs more than it saves. With one thread for each
operation and a replica for each core, threads meet once a step instead of fifty times.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from convlet.system.engine import keras, tensorflow


def side_by_side(net: Any, loss: Callable[[Any, Any], Any], replicas: int) -> Any:
    """A `keras.Model` around `net` whose training step splits each batch. TensorFlow only.

    The gradient is that of the whole batch's mean loss, as without replicas, but for the order in which floats are added, and for batch
    normalization and dropout: they see each part by itself, and the moving mean and variance take in every part.

    Args:
        net: the model whose weights are trained.
        loss: from labels and probabilities to the loss of each image.
        replicas: the parts, at least 2.
    """
    tf = tensorflow()

    class SideBySide(keras().Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(name=net.name)
            self.net = net

        def call(self, images: Any, training: bool = False) -> Any:
            return self.net(images, training=training)

        def train_step(self, data: Any) -> Any:
            images, labels, _ = keras().utils.unpack_x_y_sample_weight(data)
            size = tf.shape(labels)[0]
            edges = [size * replica // replicas for replica in range(replicas + 1)]
            weights = [variable.value for variable in self.trainable_variables]
            gradients, losses, answers = [], [], []
            for start, end in pairwise(edges):
                # Where a batch has fewer images than there are replicas some have none; TensorFlow's convolutions take at least one.
                rows = slice(tf.minimum(start, size - 1), tf.maximum(end, tf.minimum(start, size - 1) + 1))
                with tf.GradientTape() as tape:
                    answer = self.net(images[rows], training=True)
                    share = tf.reduce_sum(loss(labels[rows], answer)[: end - start]) / tf.cast(size, tf.float32)
                gradients.append(tape.gradient(share, weights))
                losses.append(share)
                answers.append(answer[: end - start])
            self.optimizer.apply([tf.add_n(parts) for parts in zip(*gradients, strict=True)], self.trainable_variables)
            self._loss_tracker.update_state(tf.add_n(losses), sample_weight=size)
            return self.compute_metrics(images, labels, tf.concat(answers, 0))

    return SideBySide()
