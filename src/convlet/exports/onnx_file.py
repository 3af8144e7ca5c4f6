"""The `.onnx` file: written from the `.keras` file with no framework's help, kept only if it answers alike."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.exports.check import EXACT, Agreement, compare, require
from convlet.exports.onnx_graph import onnx_model
from convlet.models.keras_file import load_keras
from convlet.prediction.predictor import Predictor
from convlet.system.files import replacing


def export_onnx(source: Path, path: Path, images: NDArray[np.uint8]) -> Agreement:
    """Write an `.onnx` file with the signature as metadata, if it answers like the model on `images`.

    Args:
        source: the `.keras` file.
        path: the `.onnx` file to write.
        images: uint8, (n, height, width, channels): real images to check it on.

    Raises:
        ModelError: `source` cannot be opened, or has a layer that `onnx_model` does not write.
        CheckError: it answers otherwise; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
    """
    import onnx

    model, signature = load_keras(source)
    proto = onnx_model(model)
    onnx.helper.set_model_props(proto, signature.to_metadata())
    with replacing(path) as temporary:
        onnx.save(proto, temporary)
        del proto  # a copy of the weights; onnxruntime is about to make its own
        found = compare(Predictor(temporary).probabilities, model, images)
        require(found, EXACT, "ONNX")
    return found
