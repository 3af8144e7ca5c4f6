"""Model files for other programs, each kept only if it answers like the Keras model."""

from convlet.exports.check import Agreement, compare
from convlet.exports.export import Exported, export
from convlet.exports.format import Format
from convlet.exports.formats import FORMATS
from convlet.exports.write import write

__all__ = ["FORMATS", "Agreement", "Exported", "Format", "compare", "export", "write"]
