"""Provide Keras's layers and optimizers with fewer or faster TensorFlow operations.

Variables and, up to rounding, arithmetic are Keras's; saved models do not contain these classes.
"""

import functools
from typing import Any

from convlet.models import Kinds
from convlet.system.engine import keras, tensorflow

_MANY = 64  # channels


def fused_adam() -> Any:
    """Return a `keras.optimizers.Adam` that updates each variable in one operation instead of a dozen.

    That saves a tenth of the tutorial's time. (Kingma and Ba, 2014, section 2, with the corrected step size.)
    """
    tf = tensorflow()

    class FusedAdam(keras().optimizers.Adam):  # type: ignore[misc]
        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            place = self._get_variable_index(variable)
            step = tf.cast(self.iterations.value + 1, tf.float32)
            tf.raw_ops.ResourceApplyAdam(
                var=_handle(variable),
                m=_handle(self._momentums[place]),
                v=_handle(self._velocities[place]),
                beta1_power=tf.pow(self.beta_1, step),
                beta2_power=tf.pow(self.beta_2, step),
                lr=tf.cast(learning_rate, tf.float32),
                beta1=self.beta_1,
                beta2=self.beta_2,
                epsilon=self.epsilon,
                grad=tf.cast(gradient, tf.float32),
            )

    return FusedAdam


def fused_kinds() -> Kinds:
    """Return the classes of layers to train with."""
    return Kinds(trained_convolution(), fused_batch_normalization())


@functools.cache  # TensorFlow keeps every graph with a custom gradient forever: one for all nets, and a small one
def trained_convolution() -> Any:
    """Return a `keras.layers.Conv2D` whose gradients oneDNN computes fast and correctly.

    - Its own operation for the gradient of the input is slow with many channels (128 of 3x3 values: 0.27 ms an image
      instead of 0.10), and as fast with few (`benchmarks/LOG.md`). So many channels are convolved with the rotated
      kernel.
    - In bfloat16, its gradient of the kernel is uninitialized memory, often NaN, at positions that meet only padding,
      such as all but the middle of 3x3 on an image of one pixel. So only the other positions take part.
    """
    tf = tensorflow()

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]
    @tf.custom_gradient  # type: ignore[untyped-decorator]
    def convolved(inputs: Any, kernel: Any) -> Any:
        same: dict[str, Any] = {"strides": [1, 1, 1, 1], "padding": "SAME"}

        def gradients(upstream: Any) -> tuple[Any, Any]:
            turned = tf.transpose(kernel[::-1, ::-1], (0, 1, 3, 2))
            of_kernel = tf.raw_ops.Conv2DBackpropFilter(
                input=inputs, filter_sizes=tf.shape(kernel), out_backprop=upstream, **same
            )
            return tf.nn.conv2d(upstream, turned, **same), of_kernel

        return tf.nn.conv2d(inputs, kernel, **same), gradients

    class TrainedConvolution(keras().layers.Conv2D):  # type: ignore[misc]
        def convolution_op(self, inputs: Any, kernel: Any) -> Any:
            if self.padding == "same" and self.dilation_rate == (1, 1):
                met = [*map(_meets_image, self.kernel_size, inputs.shape[1:3], self.strides)]
                if met != [slice(0, side) for side in self.kernel_size]:
                    kernel = tf.convert_to_tensor(kernel)[*met]
            steps = self.strides == self.dilation_rate == (1, 1) and self.groups == 1
            symmetric = self.padding == "same" and all(side % 2 for side in self.kernel_size)
            if not (steps and symmetric) or self.filters < _MANY or inputs.shape[-1] < _MANY:
                return super().convolution_op(inputs, kernel)
            outputs = convolved(inputs, tf.convert_to_tensor(kernel))
            outputs.set_shape((*inputs.shape[:3], self.filters))
            return outputs

    return TrainedConvolution


def fused_batch_normalization() -> Any:
    """Return a `keras.layers.BatchNormalization` (over the last axis) whose training is one operation.

    Its moving variance averages the batch variance with divisor n - 1; Keras's has n.
    """
    tf = tensorflow()

    class FusedBatchNormalization(keras().layers.BatchNormalization):  # type: ignore[misc]
        def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
            if not training:
                return super().call(inputs, training=False, mask=mask)
            gamma = tf.cast(self.gamma.value, tf.float32) if self.scale else tf.ones(inputs.shape[-1:])
            beta = tf.cast(self.beta.value, tf.float32) if self.center else tf.zeros(inputs.shape[-1:])
            empty = tf.zeros([0], tf.float32)
            outputs, mean, variance, *_ = tf.raw_ops.FusedBatchNormV3(
                x=inputs, scale=gamma, offset=beta, mean=empty, variance=empty, epsilon=self.epsilon, is_training=True
            )
            for moving, now in ((self.moving_mean, mean), (self.moving_variance, variance)):
                moving.assign(moving * self.momentum + now * (1 - self.momentum))
            return outputs

    return FusedBatchNormalization


def _meets_image(side: int, length: int, step: int) -> slice:
    """Return which of a kernel's rows (or columns) ever meet a row of the image, with "same" padding.

    Equally many are left out at both ends, or one more at the end, so that "same" pads the rest to the same positions.
    """
    last = (-(-length // step) - 1) * step  # where the last output's position begins, relative to the first's
    before = max(last + side - length, 0) // 2
    return slice(max(0, before - last), min(side, before + length))


def _handle(variable: Any) -> Any:
    """Return the resource of a TensorFlow or Keras variable."""
    return variable.handle if hasattr(variable, "handle") else variable.value.handle
