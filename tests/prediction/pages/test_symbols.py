"""Symbols between digits, told by their shape."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.prediction.pages.symbols import SYMBOLS, symbol
from tests.reading.drawings import DIGITS, coverage

LINES = {
    "-": [(30, 50, 90, 46)],
    "=": [(30, 40, 90, 38), (30, 62, 90, 60)],
    "+": [(30, 50, 90, 48), (59, 20, 61, 80)],
    "x": [(30, 22, 88, 78), (88, 20, 32, 80)],
    "÷": [(30, 50, 90, 50), (58, 25, 62, 29), (58, 71, 62, 75)],
    ".": [(58, 96, 62, 99)],
    ",": [(62, 90, 56, 112)],
}


def ink_of(lines, pen: int = 8) -> np.ndarray:
    sheet = Image.new("L", (120, 120))
    for line in lines:
        ImageDraw.Draw(sheet).line(line, fill=255, width=pen)
    return np.asarray(sheet, np.float32) / 255


@pytest.mark.parametrize("sign", SYMBOLS)
@pytest.mark.parametrize("pen", [5, 9])
def test_each_symbol(sign: str, pen: int) -> None:
    """In a row of characters from 0 to 100 pixels."""
    ink = ink_of(LINES[sign], pen)
    rows = np.flatnonzero(ink.any(axis=1))
    assert symbol(ink, 100.0, (rows[0] + rows[-1]) / 2 - 50) == sign


@pytest.mark.parametrize("digit", DIGITS)
def test_no_digit_is_a_symbol(digit: str) -> None:
    assert symbol(coverage(digit, (140, 140), (20, 20, 100), 8), 100.0, 0.0) == ""


def test_a_bar_at_the_top_is_no_minus() -> None:
    """It is that of a 5."""
    assert symbol(ink_of([(30, 4, 90, 2)]), 100.0, -47.0) == ""


def test_nothing_is_no_symbol() -> None:
    assert symbol(np.zeros((20, 20), np.float32), 100.0, 0.0) == ""
