"""Numbers: groups of characters, their signs and points."""

import numpy as np
import pytest

from convlet.prediction.answer import Answer
from convlet.prediction.pages.numbers import rows_of
from convlet.prediction.pages.page import Row
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.symbols import SYMBOLS
from convlet.reading.place import Box


def rows_in(*lines: str) -> list[Row]:
    """Read lines in which each character is 20 pixels wide; a space is a wide gap, ? an unknown character."""
    parts, answers, symbols = [], [], []
    for row, line in enumerate(lines):
        for place, text in enumerate(line):
            if text == " ":
                continue
            box = Box(24 * place, 50 * row, 24 * place + 20, 50 * row + 30)
            image = np.zeros((28, 28, 1), np.uint8)
            parts.append(Part(image, np.zeros((1, 1), np.float32), box, row, np.ones(1, np.float32)))
            sure = 0.5 if text == "?" else 0.9 if text == "9" else 0.95
            answers.append(Answer(text if text != "?" else "3", sure, ((text, sure),), known=text != "?"))
            symbols.append(text if text in SYMBOLS else "")
    return rows_of(parts, answers, symbols, [part.box for part in parts])


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ("5027", ["5027"]),
        ("12 34", ["12", "34"]),
        ("4,20", ["4,20"]),
        ("4.20", ["4.20"]),
        ("-17", ["-17"]),
        ("12 -3", ["12", "-3"]),
        ("865-5000", ["865", "", "5000"]),
        ("7+2=9", ["7", "", "2", "", "9"]),
        ("7=-2", ["7", "", "-2"]),
        ("1?3", [""]),
        (".5", [""]),
        ("5.", [""]),
        ("1.2.3", [""]),
        ("A4", [""]),
        ("-", [""]),
    ],
)
def test_values(line: str, values: list[str]) -> None:
    (row,) = rows_in(line)
    assert [number.value for number in row.numbers] == values


def test_rows_and_the_least_sure_character() -> None:
    first, second = rows_in("19 1", "2?")
    assert (first.text, second.text) == ("19 1", "2?")
    assert [number.least_sure for number in first.numbers] == [1, 2]
    assert [number.characters for number in first.numbers] == [(0, 1), (2,)]
    assert second.numbers[0].least_sure == 4
    assert [number.box for number in first.numbers] == [(0, 0, 44, 30), (72, 0, 92, 30)]


def test_no_rows() -> None:
    assert rows_of([], [], [], []) == []
