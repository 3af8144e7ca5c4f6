"""Read whole pages with a model: characters cut apart, rows, symbols and numbers."""

from convlet.prediction.pages.page import Number, Page, Row
from convlet.prediction.pages.reader import read
from convlet.prediction.pages.symbols import SYMBOLS

__all__ = ["SYMBOLS", "Number", "Page", "Row", "read"]
