"""The `.onnx` file with 8-bit products: static quantization, its ranges taken from training images."""

import contextlib
import logging
import string
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.exports.check import QUANTIZED, Agreement, compare, require
from convlet.exports.onnx_graph import onnx_model
from convlet.models.keras_file import load_keras
from convlet.prediction.predictor import Predictor
from convlet.system.files import replacing

_BATCH = 100
_DIGITS = string.ascii_letters
_ASSUMED = {
    ("strides", 1),
    ("dilations", 1),
    ("pads", 0),
    ("group", 1),
    ("keepdims", 1),
    ("axis", -1),
}  # by ONNX, where an attribute is absent
_LAYERS = (
    "Conv",
    "Gemm",
    "MatMul",
    "Relu",
)  # the top-hat before them looks for minima and maxima of pixels, which have 8 bits as they are


def export_int8(source: Path, path: Path, images: NDArray[np.uint8], training: NDArray[np.uint8]) -> Agreement:
    """Write a quantized `.onnx` file with the signature as metadata, if it answers like the model on `images`.

    Weights are int8 with a scale for each filter, activations uint8 with a range found on `training`.

    Args:
        source: the `.keras` file.
        path: the `.onnx` file to write.
        images: uint8, (n, height, width, channels): real images to check it on.
        training: uint8, (m, height, width, channels): what the ranges are taken from.

    Raises:
        ModelError: `source` cannot be opened, or has a layer that `onnx_model` does not write.
        CheckError: more than one class of a hundred is another; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
    """
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    model, signature = load_keras(source)
    with replacing(path) as temporary:
        with _quietly():
            quantize_static(
                onnx_model(model),
                temporary,
                _Batches(training),
                quant_format=QuantFormat.QOperator,  # smaller than the same with QDQ nodes, and as fast
                per_channel=True,
                activation_type=QuantType.QUInt8,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=list(_LAYERS),
            )
        proto = onnx.load(temporary)
        _shorten(proto.graph)
        proto.producer_name = "convlet"
        onnx.helper.set_model_props(proto, signature.to_metadata())
        onnx.save(proto, temporary)
        found = compare(Predictor(temporary).probabilities, model, images)
        require(found, QUANTIZED, "int8")
    return found


def _shorten(graph: Any) -> None:
    """Leave away what only people read, and what goes without saying: of a net with 8,000 weights that is a third of the file."""
    short = {tensor.name: tensor.name for tensor in (*graph.input, *graph.output)}
    values: dict[bytes, str] = {}
    for tensor in list(graph.initializer):
        before, tensor.name = tensor.name, ""
        content = tensor.SerializeToString(deterministic=True)
        if content in values:
            graph.initializer.remove(tensor)
        else:
            tensor.name = values[content] = _name(len(short))
        short[before] = values[content]
    for node in graph.node:
        node.ClearField("name")
        for attribute in list(node.attribute):
            if (attribute.name, *(set(attribute.ints) or {attribute.i})) in _ASSUMED:
                node.attribute.remove(attribute)
        for names in (node.input, node.output):
            names[:] = [name and short.setdefault(name, _name(len(short))) for name in names]
    graph.ClearField("value_info")


def _name(number: int) -> str:
    return (
        _DIGITS[number] if number < len(_DIGITS) else _name(number // len(_DIGITS) - 1) + _DIGITS[number % len(_DIGITS)]
    )


class _Batches:
    """What onnxruntime's calibration asks for batches."""

    def __init__(self, images: NDArray[np.uint8]) -> None:
        self.batches: Iterator[NDArray[np.uint8]] = (
            images[start : start + _BATCH] for start in range(0, len(images), _BATCH)
        )

    def get_next(self) -> dict[str, NDArray[np.uint8]] | None:
        batch = next(self.batches, None)
        return None if batch is None else {"image": batch}


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """The library advises to run a preprocessing for which the graph is already simple enough."""
    root = logging.getLogger()
    before = root.level
    root.setLevel(logging.ERROR)
    try:
        yield
    finally:
        root.setLevel(before)
