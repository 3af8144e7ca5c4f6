"""Train data-parallel inside one process: the parts of each batch run through the net in parallel.

A small net's operations take microseconds: splitting one among threads costs more than it saves. With a replica per
core and one thread per operation, threads synchronize once a step instead of fifty times.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from convlet.system.engine import tensorflow
from convlet.training.engines.wrapper import wrapper


def side_by_side(net: Any, loss: Callable[[Any, Any], Any], replicas: int) -> Any:
    """Return a `keras.Model` around `net` whose training step splits each batch in two or more. TensorFlow only.

    Up to the order of float additions, the gradient is the whole batch's. Batch normalization and dropout treat each
    part separately; the moving mean and variance include every part. `loss` maps labels and probabilities to the loss
    of each image.
    """
    tf = tensorflow()

    class SideBySide(wrapper()):  # type: ignore[misc]
        def train_step(self, data: Any) -> Any:
            images, labels, *_ = data
            size = tf.shape(labels)[0]
            edges = [size * replica // replicas for replica in range(replicas + 1)]
            weights = [variable.value for variable in self.trainable_variables]
            gradients, losses, answers = [], [], []
            for start, end in pairwise(edges):
                # Some replicas may have no images, but TensorFlow's convolutions need one.
                first = tf.minimum(start, size - 1)
                rows = slice(first, tf.maximum(end, first + 1))
                with tf.GradientTape() as tape:
                    answer = self.net(images[rows], training=True)
                    share = tf.reduce_sum(loss(labels[rows], answer)[: end - start]) / tf.cast(size, tf.float32)
                gradients.append(tape.gradient(share, weights))
                losses.append(share)
                answers.append(answer[: end - start])
            self.optimizer.apply([tf.add_n(parts) for parts in zip(*gradients, strict=True)], self.trainable_variables)
            self._loss_tracker.update_state(tf.add_n(losses), sample_weight=size)
            return self.compute_metrics(images, labels, tf.concat(answers, 0))

    return SideBySide(net)
