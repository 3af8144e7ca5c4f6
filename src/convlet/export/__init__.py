"""Model files other programs open, each checked against Keras before it is kept."""

from convlet.export.check import Agreement, compare
from convlet.export.int8 import export_int8
from convlet.export.litert import export_litert
from convlet.export.onnx_file import export_onnx
from convlet.export.saved_model import export_saved_model

__all__ = ["Agreement", "compare", "export_int8", "export_litert", "export_onnx", "export_saved_model"]
