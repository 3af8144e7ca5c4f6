"""The layers that can be written, and how: from given tensors to the tensor made."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet import recipes
from convlet.errors import ModelError
from convlet.exports.onnx_graph.tensor import Tensor

# Keras's name: ONNX operator. silu takes two.
ACTIVATIONS = {
    name: name.capitalize() for name in (*recipes.ACTIVATIONS, "sigmoid", "softplus", "softsign") if name != "silu"
}
MERGES = {"Subtract": "Sub", "Divide": "Div", "TrueDivide": "Div", "Maximum": "Max", "Average": "Mean"}
MERGES |= {"Add": "Add", "Multiply": "Mul"}


def write(layer: Any, place: str, *given: Tensor | float) -> Tensor:
    """Write a layer or an operation like `keras.ops.add`, with nodes named after `place`, and return what it makes.

    Raises:
        ModelError: it has no ONNX counterpart.
    """
    return writer(layer)(layer, *(replace(one, place=place) if isinstance(one, Tensor) else one for one in given))


def writer(layer: Any) -> Callable[..., Tensor]:
    """Return the function that writes a layer, or raise ModelError."""
    if (kind := kind_of(layer)) not in _WRITERS:
        raise refused_layer(layer)
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise refused_layer(layer, ", which takes channels first,")
    return _WRITERS[kind]


def kind_of(layer: Any) -> str:
    """Return the name of a layer's class, with its module if not Keras's."""
    kind = type(layer)
    return kind.__name__ if kind.__module__.split(".")[0] == "keras" else f"{kind.__module__}.{kind.__qualname__}"


def refused(what: str) -> ModelError:
    """Return the error for what has no ONNX counterpart."""
    return ModelError(
        f"{what} cannot be written as ONNX. Supported: a keras.Model with one uint8 image input and one (n, classes) "
        f"output, of {', '.join(_WRITERS)}. Build it of those layers, or predict with its .keras file."
    )


def refused_layer(layer: Any, why: str = "") -> ModelError:
    """Return the error for a layer without ONNX counterpart."""
    return refused(f"the layer {layer.name!r} ({kind_of(layer)}){why}")


def _crop(layer: Any, given: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.cropping
    height, width, channels = given.shape
    bounds = ((top, left), (height - bottom, width - right), (2, 3) if given.channels_first else (1, 2))
    constants = (given.graph.integers(*values) for values in bounds)
    return given.put("Slice", *constants, shape=(height - top - bottom, width - left - right, channels))


def _pad(layer: Any, given: Tensor) -> Tensor:
    (top, bottom), (left, right) = layer.padding
    height, width, channels = given.shape
    given = given.settled() if given.offset else given
    axes = given.graph.integers(*((2, 3) if given.channels_first else (1, 2)))
    shape = (height + top + bottom, width + left + right, channels)
    return given.put("Pad", given.graph.integers(top, left, bottom, right), "", axes, shape=shape)


def _rescale(layer: Any, given: Tensor) -> Tensor:
    if np.ndim(layer.scale) or np.ndim(layer.offset):
        raise refused_layer(layer, ", which scales each channel by its own number,")
    return given.affine(layer.scale, layer.offset)


def _normalize(layer: Any, given: Tensor) -> Tensor:
    if layer.axis not in (-1, len(given.shape)):
        raise refused_layer(layer, " along another axis than the last")
    values = iter(layer.get_weights())
    scale, offset = next(values) if layer.scale else np.float32(1), next(values) if layer.center else np.float32(0)
    mean, variance = values
    scale = scale / np.sqrt(variance + np.float32(layer.epsilon))
    return given.affine(scale, offset - mean * scale)


def _convolve(layer: Any, given: Tensor) -> Tensor:
    kernel, bias = _weights(layer)
    return _activate(layer, _convolution(layer, given, kernel, bias, layer.groups))


def _convolve_depthwise(layer: Any, given: Tensor) -> Tensor:
    return _activate(layer, _depthwise(layer, given, *_weights(layer)))


def _convolve_separably(layer: Any, given: Tensor) -> Tensor:
    kernel, pointwise, bias = _weights(layer, kernels=2)
    between = replace(_depthwise(layer, given, kernel, None), place=f"{given.place}/pointwise")
    return _activate(layer, between.times("Conv", pointwise, bias, (*between.shape[:2], layer.filters)))


def _depthwise(layer: Any, given: Tensor, kernel: NDArray[np.float32], bias: Any) -> Tensor:
    height, width, channels, _ = kernel.shape
    return _convolution(layer, given, kernel.reshape(height, width, 1, -1), bias, groups=channels)


def _convolution(layer: Any, given: Tensor, kernel: NDArray[np.float32], bias: Any, groups: int) -> Tensor:
    given = given.image()
    sizes, pads = _slide(given, kernel.shape, layer.strides, layer.padding, layer.dilation_rate)
    if given.offset and any(pads):  # Keras pads with zeros after the offset, so its weights must find them there
        given = given.settled()
    options = {"strides": layer.strides, "pads": pads, "dilations": layer.dilation_rate, "group": groups}
    return given.times("Conv", kernel, bias, (*sizes, kernel.shape[-1]), **options)


def _weights(layer: Any, kernels: int = 1) -> list[Any]:
    """Return the kernels and the bias, or None."""
    values = [values.astype(np.float32) for values in layer.get_weights()]
    if len(values) != kernels + layer.use_bias:
        raise refused_layer(layer, ", which has more weights than kernel and bias (LoRA, quantization),")
    return values if layer.use_bias else [*values, None]


def _slide(
    given: Tensor, window: Sequence[int], strides: Sequence[int], padding: str, dilation: Sequence[int] = (1, 1)
) -> tuple[list[int], tuple[int, ...]]:
    """Return the height and width that a sliding window leaves, and the padding: top, left, bottom, right."""
    sizes, pads = [], []
    for size, length, gap, stride in zip(given.shape, window, dilation, strides, strict=False):
        reach = (length - 1) * gap + 1
        pad = max((-(-size // stride) - 1) * stride + reach - size, 0) if padding == "same" else 0
        sizes.append((size + pad - reach) // stride + 1)
        pads.append((pad // 2, pad - pad // 2))
    return sizes, tuple(side for pair in zip(*pads, strict=True) for side in pair)


def _dense(layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) != 1:
        raise refused_layer(layer, " on images, without a Flatten before it,")
    kernel, bias = _weights(layer)
    return _activate(layer, given.times("Gemm", kernel, bias, (layer.units,)))


def _pool(layer: Any, given: Tensor) -> Tensor:
    kind, channels, given = kind_of(layer), given.shape[2], given.image()
    largest = "Max" in kind
    given = given.settled() if largest else given.numbers()  # a mean is as well taken before a scale and offset
    op = "MaxPool" if largest else "AveragePool"
    if kind.startswith("Global"):
        given = given.put(f"Global{op}", shape=(1, 1, channels))
        return given if layer.keepdims else _flatten(layer, given)
    sizes, pads = _slide(given, layer.pool_size, layer.strides, layer.padding)
    options = {"kernel_shape": layer.pool_size, "strides": layer.strides, "pads": pads}
    return given.put(op, shape=(*sizes, channels), **options)


def _flatten(_layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) == 1:
        return given
    positions = np.arange(np.prod(given.shape)).reshape(given.shape)
    order = positions.transpose(2, 0, 1).ravel()
    keep = given.channels_first and (order != positions.ravel()).any()
    flat = given.put("Flatten", shape=(order.size,))
    return replace(flat, channels_first=False, order=order if keep else None)


def _reshape(layer: Any, given: Tensor) -> Tensor:
    target = tuple(layer.target_shape)
    if target == (np.prod(given.shape),):
        return _flatten(layer, given)
    if len(given.shape) != 1 or len(target) != 3 or -1 in target:
        raise refused_layer(layer, ", other than from features to an image or back,")
    return given.ordered().put("Reshape", given.graph.integers(0, *target), shape=target)


def _merge(layer: Any, *given: Tensor | float) -> Tensor:
    op, tensors = MERGES[kind_of(layer)], [one for one in given if isinstance(one, Tensor)]
    if op == "Mul" and len(tensors) == 1:
        return tensors[0].affine(math.prod(one for one in given if not isinstance(one, Tensor)), 0.0)
    tensors = _alike(layer, tensors)
    if len({one.order if one.order is None else one.order.tobytes() for one in tensors}) > 1:
        tensors = [one.ordered() for one in tensors]
    first, names = tensors[0], iter(tensors)
    operands = [next(names).name if isinstance(one, Tensor) else first.graph.number(one) for one in given]
    if op in {"Max", "Mean"}:
        name = first.graph.add(first.place, op, *operands)
    else:
        name = reduce(lambda one, other: first.graph.add(first.place, op, one, other), operands)
    return replace(first, name=name, shape=np.broadcast_shapes(*(one.shape for one in tensors)))


def _concatenate(layer: Any, *given: Tensor) -> Tensor:
    if layer.axis not in (-1, len(given[0].shape)):
        raise refused_layer(layer, " along another axis than the last")
    first, *others = tensors = _alike(layer, given)
    sizes = [one.shape[-1] for one in tensors]
    if any(one.order is not None for one in tensors):
        starts = np.cumsum([0, *sizes[:-1]])
        orders = (np.arange(one.shape[0]) if one.order is None else one.order for one in tensors)
        first = replace(first, order=np.concatenate([*map(np.add, starts, orders)]))
    shape, axis = (*first.shape[:-1], sum(sizes)), 1 if first.channels_first else len(first.shape)
    return first.put("Concat", *(one.name for one in others), shape=shape, axis=axis)


def _alike(layer: Any, given: Sequence[Tensor]) -> list[Tensor]:
    """Return the tensors in one layout, with nothing waiting."""
    if len({len(one.shape) for one in given}) > 1:
        raise refused_layer(layer, " of images and features")
    if any(one.channels_first for one in given):
        given = [one.image() for one in given]
    return [one.settled() for one in given]


def _largest(layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) != 3 or {axis % 4 for axis in np.atleast_1d(layer.axis)} != {1, 2, 3} or not layer.keepdims:
        raise refused_layer(layer, ", other than over a whole image with keepdims=True,")
    return given.settled().put("ReduceMax", given.graph.integers(1, 2, 3), shape=(1, 1, 1))


def _activate(layer: Any, given: Tensor) -> Tensor:
    name = layer.get_config()["activation"]
    if name == "linear":
        return given
    given = given.settled()
    if name == "softmax":
        return given.put("Softmax", axis=1 if given.channels_first else -1)
    if name == "silu":  # onnxruntime fuses the two
        return given.put("Mul", given.put("Sigmoid").name)
    if not isinstance(name, str) or name not in ACTIVATIONS:
        known = ", ".join(("linear", "silu", "softmax", *ACTIVATIONS))
        raise refused(f"the activation {name!r} of the layer {layer.name!r} (supported: {known})")
    return given.put(ACTIVATIONS[name])


_WRITERS: Mapping[str, Callable[..., Tensor]] = {
    "Cropping2D": _crop,
    "ZeroPadding2D": _pad,
    "Rescaling": _rescale,
    "Conv2D": _convolve,
    "DepthwiseConv2D": _convolve_depthwise,
    "SeparableConv2D": _convolve_separably,
    "BatchNormalization": _normalize,
    "MaxPooling2D": _pool,
    "AveragePooling2D": _pool,
    "GlobalMaxPooling2D": _pool,
    "GlobalAveragePooling2D": _pool,
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Dense": _dense,
    "Activation": _activate,
    "Dropout": lambda _layer, given: given,
    "Concatenate": _concatenate,
    **dict.fromkeys(MERGES, _merge),
    "Max": _largest,
}
