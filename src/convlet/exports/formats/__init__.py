"""List all export formats. A new one is a file here and its name in two lines."""

from collections.abc import Mapping

from convlet.exports.format import Format
from convlet.exports.formats import int8, litert, onnx, saved_model, web

FORMATS: Mapping[str, Format] = {module.FORMAT.name: module.FORMAT for module in (onnx, int8, litert, saved_model, web)}
