"""Rows cut so that they read as expected."""

import numpy as np

from convlet.prediction.pages import Wish, read
from convlet.prediction.pages.expected import expectation
from convlet.prediction.pages.fitting import fitting
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.way import Way
from convlet.reading.place import Box
from tests.prediction.pages.test_reader import Likeness, page_of, written

NAMES = tuple("0123456789")


def part(digit: int, sure: float = 0.9) -> Part:
    odds = np.full(10, (1 - sure) / 9, np.float32)
    odds[digit] = sure
    return Part(np.zeros((28, 28, 1), np.uint8), np.zeros((1, 1), np.float32), Box(0, 0, 1, 1), 0, odds)


def way(digits: str, score: float) -> Way:
    return Way([part(int(digit)) for digit in digits], score)


def read_as(row: list[list[Way]], pattern: str) -> str:
    taken = fitting(row, expectation(pattern), NAMES)
    return "".join(str(int(one.probabilities.argmax())) for way in taken for one in way.parts)


def test_another_cut_is_taken_where_the_likeliest_does_not_fit() -> None:
    row = [[way("1", 0.0)], [way("8", -0.1), way("53", -0.9), way("111", -3.0)], [way("4", 0.0)]]
    assert read_as(row, r"\d{3}") == "184"
    assert read_as(row, r"\d{4}") == "1534"
    assert read_as(row, r"\d{5}") == "11114"
    assert read_as(row, r"\d{7}") == "184"  # none fits: the likeliest


def test_the_likeliest_of_several_runs() -> None:
    row = [[way("8", 0.0), way("53", -2.0)], [way("0", 0.0), way("12", -0.5)]]
    assert read_as(row, r"\d{3}") == "812"
    assert read_as(row, r"\d{4}") == "5312"


def test_a_pattern_for_the_page_changes_no_cut() -> None:
    row = [[way("8", 0.0), way("53", -2.0)]]
    assert read_as(row, r"\d\d\n\d") == "8"


def test_the_whole_page_is_read_as_expected() -> None:
    picture = written(page_of({(60, 60): "50274", (60, 220): "234"}))
    page = read(picture, Likeness(), Wish(expect=r"\d{5}\n\d{3}"))
    assert [row.fits for row in page.rows] == [True, True]
    assert page.text == "50274\n234"
    page = read(picture, Likeness(), Wish(expect=r"\d{5}\n\d{4}"))
    assert [row.fits for row in page.rows] == [False, False]
