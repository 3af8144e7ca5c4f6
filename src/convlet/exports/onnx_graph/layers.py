"""Write the supported layers: from input tensors to the output tensor."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from convlet import recipes
from convlet.exports.onnx_graph.images import IMAGE_LAYERS, weights
from convlet.exports.onnx_graph.merges import MERGE_LAYERS
from convlet.exports.onnx_graph.refusal import RefusedError, kind_of, refused
from convlet.exports.onnx_graph.tensor import Tensor, Writers
from convlet.exports.onnx_graph.views import VIEW_LAYERS

# Keras's name: ONNX operator. silu needs two.
ACTIVATIONS = {
    name: name.capitalize() for name in (*recipes.ACTIVATIONS, "sigmoid", "softplus", "softsign") if name != "silu"
}


def write(layer: Any, place: str, *given: Tensor | float) -> Tensor:
    """Write a layer or an operation like `keras.ops.add`, with nodes named after `place`; return its output."""
    made = writer(layer)(layer, *(replace(one, place=place) if isinstance(one, Tensor) else one for one in given))
    return _activate(layer, made) if hasattr(layer, "activation") else made


def writer(layer: Any) -> Callable[..., Tensor]:
    """Return the function that writes a layer, without its activation."""
    if (kind := kind_of(layer)) not in WRITERS:
        raise refused(layer)
    if getattr(layer, "data_format", "channels_last") != "channels_last":
        raise refused(layer, ", which takes channels first,")
    return WRITERS[kind]


def _rescale(layer: Any, given: Tensor) -> Tensor:
    if np.ndim(layer.scale) or np.ndim(layer.offset):
        raise refused(layer, ", which scales each channel separately,")
    return given.affine(layer.scale, layer.offset)


def _normalize(layer: Any, given: Tensor) -> Tensor:
    if layer.axis not in (-1, len(given.shape)):
        raise refused(layer, " along an axis other than the last")
    values = iter(layer.get_weights())
    scale, offset = next(values) if layer.scale else np.float32(1), next(values) if layer.center else np.float32(0)
    mean, variance = values
    scale = scale / np.sqrt(variance + np.float32(layer.epsilon))
    return given.affine(scale, offset - mean * scale)


def _dense(layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) != 1:
        raise refused(layer, " on images, without a Flatten before it,")
    kernel, bias = weights(layer)
    return given.times("Gemm", kernel, bias, (layer.units,))


def _largest(layer: Any, given: Tensor) -> Tensor:
    if len(given.shape) != 3 or {axis % 4 for axis in np.atleast_1d(layer.axis)} != {1, 2, 3} or not layer.keepdims:
        raise refused(layer, ", other than over a whole image with keepdims=True,")
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
        raise RefusedError(f"the activation {name!r} of the layer {layer.name!r} (supported: {known})")
    return given.put(ACTIVATIONS[name])


def _same(_layer: Any, given: Tensor) -> Tensor:
    return given


WRITERS: Writers = {
    **IMAGE_LAYERS,
    **MERGE_LAYERS,
    **VIEW_LAYERS,
    "Rescaling": _rescale,
    "BatchNormalization": _normalize,
    "Dense": _dense,
    "Activation": _same,
    "Dropout": _same,
    "Max": _largest,
}
