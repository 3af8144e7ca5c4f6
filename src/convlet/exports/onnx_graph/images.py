"""Write the layers that work on images."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.exports.onnx_graph.refusal import kind_of, refused
from convlet.exports.onnx_graph.tensor import Tensor, Writers
from convlet.exports.onnx_graph.views import unstack


def _crop(layer: Any, given: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.cropping
    height, width, channels = given.shape
    bounds = ((top, left), (height - bottom, width - right), (2, 3) if given.channels_first else (1, 2))
    constants = (given.graph.integers(*values) for values in bounds)
    return given.pooled("Slice", *constants, shape=(height - top - bottom, width - left - right, channels))


def _pad(layer: Any, given: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.padding
    height, width, channels = given.shape
    given = given.settled() if given.offset else given
    axes = given.graph.integers(*((2, 3) if given.channels_first else (1, 2)))
    shape = (height + top + bottom, width + left + right, channels)
    return given.put("Pad", given.graph.integers(top, left, bottom, right), "", axes, shape=shape)


def _convolve(layer: Any, given: Tensor) -> Tensor:
    kernel, bias = weights(layer)
    return _convolution(layer, given, kernel, bias, layer.groups)


def _convolve_depthwise(layer: Any, given: Tensor) -> Tensor:
    return _depthwise(layer, given, *weights(layer))


def _convolve_separably(layer: Any, given: Tensor) -> Tensor:
    kernel, pointwise, bias = weights(layer, kernels=2)
    between = replace(_depthwise(layer, given, kernel, None), place=f"{given.place}/pointwise")
    return between.times("Conv", pointwise, bias, (*between.shape[:2], layer.filters))


def _depthwise(layer: Any, given: Tensor, kernel: NDArray[np.float32], bias: Any) -> Tensor:
    height, width, channels, _ = kernel.shape
    return _convolution(layer, given, kernel.reshape(height, width, 1, -1), bias, groups=channels)


def _convolution(layer: Any, given: Tensor, kernel: NDArray[np.float32], bias: Any, groups: int) -> Tensor:
    given = given.image()
    sizes, pads = _slide(given, kernel.shape, layer.strides, layer.padding, layer.dilation_rate)
    if given.offset and any(pads):  # Keras pads with zeros after the offset, so its weights expect them there
        given = given.settled()
    options = {"strides": layer.strides, "pads": pads, "dilations": layer.dilation_rate, "group": groups}
    return given.times("Conv", kernel, bias, (*sizes, kernel.shape[-1]), **options)


def weights(layer: Any, kernels: int = 1) -> list[Any]:
    """Return the kernels and the bias, or None."""
    values = [values.astype(np.float32) for values in layer.get_weights()]
    if len(values) != kernels + layer.use_bias:
        raise refused(layer, ", which has more weights than kernel and bias (LoRA, quantization),")
    return values if layer.use_bias else [*values, None]


def _slide(
    given: Tensor, window: Sequence[int], strides: Sequence[int], padding: str, dilation: Sequence[int] = (1, 1)
) -> tuple[list[int], tuple[int, ...]]:
    """Return the output height and width of a sliding window, and the padding: top, left, bottom, right."""
    sizes, pads = [], []
    for size, length, gap, stride in zip(given.shape, window, dilation, strides, strict=False):
        reach = (length - 1) * gap + 1
        pad = max((-(-size // stride) - 1) * stride + reach - size, 0) if padding == "same" else 0
        sizes.append((size + pad - reach) // stride + 1)
        pads.append((pad // 2, pad - pad // 2))
    return sizes, tuple(side for pair in zip(*pads, strict=True) for side in pair)


def _pool(layer: Any, given: Tensor) -> Tensor:
    kind, channels, given = kind_of(layer), given.shape[2], given.image()
    largest = "Max" in kind
    if not given.product:
        given = given.settled() if largest else given.numbers()  # a mean can also be taken before a scale and offset
    op = "MaxPool" if largest else "AveragePool"
    if kind.startswith("Global"):
        given = given.put(f"Global{op}", shape=(1, 1, channels))
        return given if layer.keepdims else _flatten(layer, given)
    sizes, pads = _slide(given, layer.pool_size, layer.strides, layer.padding)
    options = {"kernel_shape": layer.pool_size, "strides": layer.strides, "pads": pads}
    return given.pooled(op, shape=(*sizes, channels), **options)


def _flatten(_layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) == 1:
        return given
    positions = np.arange(np.prod(given.shape)).reshape(given.shape)
    order = positions.transpose(2, 0, 1).ravel()
    keep = given.channels_first and (order != positions.ravel()).any()
    flat = given.put("Flatten", shape=(order.size,))
    return replace(flat, channels_first=False, order=order if keep else None)


def _reshape(layer: Any, given: Tensor) -> Tensor:
    if not hasattr(layer, "target_shape"):  # the operation, not the layer
        return unstack(layer, given)
    target = tuple(layer.target_shape)
    if target == (np.prod(given.shape),):
        return _flatten(layer, given)
    if len(given.shape) != 1 or len(target) != 3 or -1 in target:
        raise refused(layer, ", other than from features to an image or back,")
    return given.ordered().put("Reshape", given.graph.integers(0, *target), shape=target)


IMAGE_LAYERS: Writers = {
    "Cropping2D": _crop,
    "ZeroPadding2D": _pad,
    "Conv2D": _convolve,
    "DepthwiseConv2D": _convolve_depthwise,
    "SeparableConv2D": _convolve_separably,
    "MaxPooling2D": _pool,
    "AveragePooling2D": _pool,
    "GlobalMaxPooling2D": _pool,
    "GlobalAveragePooling2D": _pool,
    "Flatten": _flatten,
    "Reshape": _reshape,
}
