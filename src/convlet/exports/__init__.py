"""Model files other programs open, each checked against Keras before it is kept."""

from convlet.exports.check import Agreement, compare
from convlet.exports.int8 import export_int8
from convlet.exports.litert import export_litert
from convlet.exports.onnx_file import export_onnx
from convlet.exports.saved_model import export_saved_model

__all__ = ["Agreement", "compare", "export_int8", "export_litert", "export_onnx", "export_saved_model"]
