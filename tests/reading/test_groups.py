"""Which marks on a page are characters."""

import numpy as np

from convlet.reading.groups import characters
from convlet.reading.strokes import find_parts
from tests.reading.drawings import coverage

ROW = np.zeros((300, 900), np.float32)
for place, digit in enumerate("50274"):
    np.maximum(ROW, coverage(digit, (900, 300), (250 + 110 * place, 110, 80), 9), out=ROW)


def boxes(ink: np.ndarray) -> list[tuple[int, ...]]:
    parts = find_parts(ink, np.ones_like(ink), 0.1)
    assert parts is not None
    return sorted(tuple(parts.around(group)) for group in characters(parts, next_to=False))


def test_the_characters_of_a_row() -> None:
    found = boxes(ROW)
    assert [box[0] // 110 for box in found] == [2, 3, 4, 5, 6]


def test_a_bar_along_the_border_is_of_another_sheet() -> None:
    ink = ROW.copy()
    ink[40:260, 2:14] = 0.8
    assert boxes(ink) == boxes(ROW)


def test_a_one_near_the_border_stays() -> None:
    for left, top in ((20, 110), (2, 110), (2, 60)):
        ink = ROW.copy()
        ink[top:190, left : left + 10] = 1
        assert len(boxes(ink)) == 6


def test_a_minus_is_as_dark_as_the_digits_and_the_rest_of_a_rule_is_not() -> None:
    ink = ROW.copy()
    ink[148:156, 180:220] = 1
    assert len(boxes(ink)) == 6
    ink[148:156, 180:220] = 0.4
    assert boxes(ink) == boxes(ROW)


def test_a_minus_is_as_pale_as_its_own_row() -> None:
    ink = np.concatenate([ROW, 0.45 * ROW])
    ink[448:456, 180:220] = 0.45
    assert len(boxes(ink)) == 11
