"""Print has strokes of one width and is no digit to the model; fine handwriting is not print."""

import numpy as np
import pytest

from convlet.prediction.pages.part import Part
from convlet.prediction.pages.printed import printed
from convlet.reading.place import Box
from tests.reading.drawings import coverage

TALL = 60


def row(number: int, probabilities: list[float], pen: float) -> list[Part]:
    """Return a row of characters by one pen, `pen` pixels wide, each as probable as given."""
    parts = []
    for place, probability in enumerate(probabilities):
        ink = coverage("0234579"[place % 7], (80, 80), (10, 10, TALL), pen)
        left = 70 * place
        box = Box(left, 100 * number, left + 50, 100 * number + TALL)
        both = np.array([probability, 1 - probability], np.float32)
        parts.append(Part(np.zeros((28, 28, 1), np.uint8), ink, box, number, both))
    return parts


def dropped(probabilities: list[float], pen: float) -> int:
    """Return how many of a row's characters are print to it, below a row of known digits."""
    parts = row(0, [1.0] * 4, 9) + row(1, probabilities, pen)
    known = np.array([part.probabilities[0] >= 0.95 for part in parts])
    said = printed(parts, known)
    assert not said[:4].any()
    return int(said.sum())


def test_even_strokes_that_are_no_digits_are_print() -> None:
    assert dropped([0.6, 0.9, 0.5, 1.0, 0.7, 0.8, 0.6, 0.9, 0.5], 7) == 9


@pytest.mark.parametrize(
    ("probabilities", "pen"),
    [
        ([0.9, 0.98, 0.9, 1.0, 0.9, 0.96, 0.99, 1.0, 0.97], 7),  # two in three are known
        ([0.6, 0.9, 0.5, 1.0, 0.7, 0.8, 0.6, 0.9, 0.5], 2),  # a hair's width is even whoever draws it
        ([0.6, 0.9, 0.5], 7),  # too few
    ],
)
def test_handwriting_is_kept(probabilities: list[float], pen: float) -> None:
    assert dropped(probabilities, pen) == 0
