"""Write ONNX from Keras's layers."""

from pathlib import Path
from typing import Any

from convlet.exports.format import Format, Opened, Source
from convlet.system.seal import BLANK, sealed


def write_onnx(source: Source, path: Path) -> None:
    """Write an `.onnx` file with the signature as metadata."""
    from convlet.exports.onnx_graph import onnx_model

    save_onnx(onnx_model(source.model), source, path)


def save_onnx(proto: Any, source: Source, path: Path) -> None:
    """Write an ONNX graph with the signature as metadata, and its seal."""
    import onnx

    onnx.helper.set_model_props(proto, {"seal": BLANK} | source.signature.to_metadata())
    path.write_bytes(sealed(proto.SerializeToString()))


def open_onnx(path: Path) -> Opened:
    """Open an `.onnx` file in onnxruntime."""
    from convlet.prediction.predictor import Predictor

    predictor = Predictor(path)
    return predictor.signature, predictor.probabilities


FORMAT = Format(
    name="onnx",
    file="model.onnx",
    about="ONNX, float32: any program with an ONNX runtime, convlet without Keras",
    write=write_onnx,
    open=open_onnx,
)
