"""Write LiteRT, formerly TensorFlow Lite: one `.tflite` file for phones and boards."""

import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

from convlet.exports.format import Format, Opened, Source
from convlet.exports.formats.saved_model import ENDPOINT, write_graph
from convlet.system.seal import BLANK, require_whole, sealed

_ENTRY = "convlet"  # in the file's metadata


def _write(source: Source, path: Path) -> None:
    """Write a `.tflite` file: signature and seal in its metadata entry "convlet", and the endpoint of `write_graph`."""
    import numpy as np
    from tensorflow.lite.python import schema_py_generated as schema
    from tensorflow.lite.tools import flatbuffer_utils

    from convlet.system.engine import tensorflow

    with tempfile.TemporaryDirectory() as folder:
        write_graph(source, Path(folder) / "model")
        lite = tensorflow().lite.TFLiteConverter.from_saved_model(f"{folder}/model", signature_keys=[ENDPOINT])
        model = flatbuffer_utils.convert_bytearray_to_object(bytearray(lite.convert()))
    buffer, entry = schema.BufferT(), schema.MetadataT()
    buffer.data = np.frombuffer(json.dumps({"seal": BLANK} | source.signature.to_metadata()).encode(), np.uint8)
    model.buffers.append(buffer)
    entry.name, entry.buffer = _ENTRY, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    path.write_bytes(sealed(bytes(flatbuffer_utils.convert_object_to_bytearray(model))))


def _open(path: Path) -> Opened:
    from tensorflow.lite.tools import flatbuffer_utils

    from convlet.signature import Signature

    content = path.read_bytes()
    require_whole(content, path)
    model = flatbuffer_utils.convert_bytearray_to_object(bytearray(content))
    facts = next(bytes(model.buffers[one.buffer].data) for one in model.metadata if one.name.decode() == _ENTRY)
    runner = _interpreter(path).get_signature_runner(ENDPOINT)
    signature = Signature.from_metadata(json.loads(facts), str(path))
    return signature, lambda images: next(iter(runner(image=images).values()))


def _interpreter(path: Path) -> Any:
    """Open a file in LiteRT's interpreter, else TensorFlow's."""
    from convlet.system.engine import tensorflow

    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        Interpreter = tensorflow().lite.Interpreter
    with warnings.catch_warnings(action="ignore", category=UserWarning):  # it announces its move to LiteRT
        return Interpreter(model_path=str(path))


FORMAT = Format(
    name="litert",
    file="model.tflite",
    about="LiteRT (TensorFlow Lite), float32: phones and boards",
    write=_write,
    open=_open,
    tensorflow=True,
)
