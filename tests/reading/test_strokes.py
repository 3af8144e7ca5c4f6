"""Pieces of one character go together, without what only lies near."""

import numpy as np

from convlet.reading.strokes import find_parts, together
from tests.reading.drawings import coverage


def test_the_edge_of_another_sheet_is_no_stroke() -> None:
    ink = coverage("5", (300, 300), (60, 60, 180), 14)
    ink[258:264] = 0.5
    parts = find_parts(ink, ink, 0.2)
    assert parts is not None
    chosen = parts.around(together(parts))
    assert chosen.right - chosen.left < 200
    assert 40 < chosen.top < 70
    assert chosen.bottom < 256


def test_a_bar_that_stands_off_belongs_to_its_digit() -> None:
    ink = coverage("5", (300, 300), (60, 60, 180), 14)
    ink[70:75] = 0  # the bar is a piece of its own
    parts = find_parts(ink, ink, 0.2)
    assert parts is not None
    assert len(together(parts)) > 1
    assert np.isclose(parts.around(together(parts)).top, 60, atol=12)
