"""Read whole pages with a model: characters cut apart, rows, symbols and numbers; or the cells of a grid."""

from convlet.prediction.pages.page import Number, Page, Row
from convlet.prediction.pages.reader import read
from convlet.prediction.pages.symbols import SYMBOLS
from convlet.prediction.pages.wish import PRINT, Wish, size_of, wished

__all__ = ["PRINT", "SYMBOLS", "Number", "Page", "Row", "Wish", "read", "size_of", "wished"]
