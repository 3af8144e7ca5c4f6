"""List all export formats. A new one is a file here and its name in two lines."""

from collections.abc import Mapping

from convlet.exports.format import Format
from convlet.exports.formats import int8, litert, onnx, saved_model, web

# Names that people know these by.
ALIASES: Mapping[str, str] = {
    "int8": "onnx-int8",
    "onnx_int8": "onnx-int8",
    "saved_model": "saved-model",
    "savedmodel": "saved-model",
    "tflite": "litert",
}
FORMATS: Mapping[str, Format] = {module.FORMAT.name: module.FORMAT for module in (onnx, int8, litert, saved_model, web)}
