"""LiteRT, formerly TensorFlow Lite: one `.tflite` file for phones and boards."""

import json
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.exports.check import EXACT, Agreement, compare, require
from convlet.exports.saved_model import ENDPOINT, require_tensorflow, write_saved_model
from convlet.models.keras_file import load_keras
from convlet.system.engine import tensorflow
from convlet.system.files import replacing

_NAME = "convlet"  # of the entry in the file's metadata
_BATCH = 64


def export_litert(source: Path, path: Path, images: NDArray[np.uint8]) -> Agreement:
    """Write a `.tflite` file with the signature in its metadata entry "convlet", if it answers like the model on `images`.

    Its signature `serve` takes `image`, uint8 (n, height, width, channels), any n, and answers float32 (n, classes).

    Args:
        source: the `.keras` file.
        path: the `.tflite` file to write.
        images: uint8, (n, height, width, channels): real images to check it on.

    Raises:
        ModelError: `source` cannot be opened.
        UsageError: Keras runs on another engine than TensorFlow, which converts it.
        CheckError: it answers otherwise; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
    """
    require_tensorflow("LiteRT")
    model, signature = load_keras(source)
    with tempfile.TemporaryDirectory() as folder:
        write_saved_model(model, signature.input_shape, Path(folder) / "model")
        converter = tensorflow().lite.TFLiteConverter.from_saved_model(
            str(Path(folder) / "model"), signature_keys=[ENDPOINT]
        )
        file = _with_metadata(converter.convert(), json.dumps(signature.to_metadata()).encode())
    with replacing(path) as temporary:
        temporary.write_bytes(file)
        found = compare(_answers(temporary), model, images)
        require(found, EXACT, "LiteRT")
    return found


def _with_metadata(file: bytes, facts: bytes) -> bytes:
    """The same model with one more named buffer, which every interpreter reads past."""
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(file))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(facts, np.uint8)
    model.buffers.append(buffer)
    entry.name, entry.buffer = _NAME, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _answers(file: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    runner = _interpreter(file).get_signature_runner(ENDPOINT)

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        return np.concatenate([next(iter(runner(image=batch).values())) for batch in batches])

    return run


def _interpreter(file: Path) -> Any:
    """The one in TensorFlow, or, where a later TensorFlow has none, LiteRT's own."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tensorflow().lite.Interpreter
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it says where it will move to
        return Interpreter(model_path=str(file))
