"""Write ONNX from Keras's layers."""

from pathlib import Path

from convlet.exports.format import Format, Opened, Source


def write_onnx(source: Source, path: Path) -> None:
    """Write an `.onnx` file with the signature as metadata."""
    import onnx

    from convlet.exports.onnx_graph import onnx_model

    proto = onnx_model(source.model)
    onnx.helper.set_model_props(proto, source.signature.to_metadata())
    onnx.save(proto, path)


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
