"""Write ONNX with 8-bit products: static quantization, with ranges measured on training images."""

import contextlib
import logging
import string
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from convlet.exports.check import QUANTIZED
from convlet.exports.format import Format, Source
from convlet.exports.formats.onnx import open_onnx, save_onnx

_CALIBRATION = 1_000  # training images
_BATCH = 100
_DIGITS = string.ascii_letters
_LAYERS = ("Conv", "Gemm", "MatMul", "Relu")  # not the top-hat's minima and maxima, which are 8-bit anyway


def _write(source: Source, path: Path) -> None:
    """Write int8 weights of 7 bits with a scale per filter, and uint8 activations with ranges measured on images."""
    import onnx
    from onnxruntime.quantization import QuantFormat, QuantType, quantize_static

    from convlet.exports.onnx_graph import onnx_model

    if source.train is None:
        raise ValueError("onnx-int8 measures its ranges on training images: train=None.")
    images = source.train.images[source.train.sample(_CALIBRATION)]
    batches = ({"image": images[start : start + _BATCH]} for start in range(0, len(images), _BATCH))
    model = onnx_model(source.model)
    answers = {name for node in model.graph.node if node.op_type == "Softmax" for name in node.output}
    root = logging.getLogger()
    with contextlib.ExitStack() as after:
        after.callback(root.setLevel, root.level)
        root.setLevel(logging.ERROR)  # it advises preprocessing a graph that is already simple
        quantize_static(
            model,
            path,
            SimpleNamespace(get_next=lambda: next(batches, None)),  # onnxruntime's calibration reader
            quant_format=QuantFormat.QOperator,  # smaller than QDQ nodes, and as fast
            per_channel=True,
            reduce_range=True,  # processors without VNNI add two 8-bit products in 16 bits, which overflow
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=list(_LAYERS),
            nodes_to_exclude=[node.name for node in model.graph.node if answers & set(node.input)],  # sums stay 1
        )
    proto = onnx.load(path)
    _shorten(proto.graph)
    proto.producer_name = "convlet"
    save_onnx(proto, source, path)


def _shorten(graph: Any) -> None:
    """Drop long names, defaults and duplicate weights: a third of a small net's file."""
    from convlet.exports.onnx_graph.graph import DEFAULTS

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
            if (attribute.name, *(set(attribute.ints) or {attribute.i})) in DEFAULTS:
                node.attribute.remove(attribute)
        for names in (node.input, node.output):
            names[:] = [name and short.setdefault(name, _name(len(short))) for name in names]
    graph.ClearField("value_info")


def _name(number: int) -> str:
    rest, digit = divmod(number, len(_DIGITS))
    return (_name(rest - 1) if rest else "") + _DIGITS[digit]


FORMAT = Format(
    name="onnx-int8",
    file="model-int8.onnx",
    about="ONNX, 8-bit weights and activations (static quantization on training images)",
    write=_write,
    open=open_onnx,
    limits=QUANTIZED,
)
