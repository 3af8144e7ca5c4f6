"""The quantized model: an ONNX model like the other, with 8-bit weights."""

import numpy as np
import pytest

import convlet
from convlet.exports.formats import int8
from convlet.run import Run


def test_int8_is_an_onnx_model_like_the_other(exported: dict, run: Run, digits) -> None:
    import onnx

    predictor = convlet.Predictor(exported["onnx-int8"].path)
    assert predictor.signature == run.predictor().signature
    assert predictor.evaluate(digits).accuracy == exported["onnx-int8"].accuracy
    assert exported["onnx-int8"].accuracy == pytest.approx(
        run.evaluate(digits).accuracy - exported["onnx-int8"].accuracy_lost
    )
    weights = onnx.load(exported["onnx-int8"].path).graph.initializer
    large = [one for one in weights if np.prod(one.dims) > 2000]  # scales and biases are one for each of 1,024 units
    assert large
    assert {one.data_type for one in large} <= {onnx.TensorProto.INT8, onnx.TensorProto.UINT8}


def test_names_are_short_and_never_repeat() -> None:
    names = [int8._name(number) for number in range(3_000)]
    assert len(set(names)) == 3_000
    assert {len(name) for name in names} == {1, 2, 3}
