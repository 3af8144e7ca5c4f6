"""Write model files for other programs; each is kept only if it answers like the Keras model."""

from convlet.exports.check import compare
from convlet.exports.export import export
from convlet.exports.formats import FORMATS
from convlet.exports.write import write

__all__ = ["FORMATS", "compare", "export", "write"]
