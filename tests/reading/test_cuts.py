"""Cuts between characters that touch."""

import numpy as np

from convlet.reading.cuts import cuts, pieces
from convlet.reading.place import pen_width
from tests.reading.drawings import coverage


def side_by_side(digits: str, apart: float, size=(300, 120), side: float = 80, pen: float = 9) -> np.ndarray:
    """Ink of digits in a row, each so many pixels to the right of the one before."""
    ink = np.zeros(size[::-1], np.float32)
    for place, digit in enumerate(digits):
        np.maximum(ink, coverage(digit, size, (20 + place * apart, 20, side), pen), out=ink)
    return ink


def test_a_cut_runs_where_round_strokes_touch() -> None:
    """Two zeros of 56 pixels, 54 apart: their strokes overlap by two."""
    ink = side_by_side("00", 54)
    middles = [float(cut.columns.mean()) for cut in cuts(ink, 80.0)]
    # The first zero is from 28 to 92, the second from 82 on.
    assert any(abs(middle - 87) < 5 for middle in middles)


def test_pieces_between_all_cuts_and_the_whole() -> None:
    ink = side_by_side("35", 70)
    found, last = pieces(ink, 80.0)
    whole = next(piece for piece in found if (piece.start, piece.end) == (0, last))
    assert whole.ink.sum() == ink.sum()
    for piece in found:
        over = piece.ink > 0.35
        rows, columns = np.flatnonzero(over.any(axis=1)), np.flatnonzero(over.any(axis=0))
        assert (np.ptp(columns) + 1, np.ptp(rows) + 1) == (piece.box.width, piece.box.height)


def test_pieces_share_no_ink_and_lose_none() -> None:
    ink = side_by_side("0034", 56)
    found, last = pieces(ink, 80.0)
    strips = [piece for piece in found if piece.end == piece.start + 1]
    whole = next(piece for piece in found if (piece.start, piece.end) == (0, last))
    assert len(strips) > 5
    # Only slivers too small for a character are in no piece of one strip.
    assert 0.9 * whole.ink.sum() < sum(strip.ink.sum() for strip in strips) <= whole.ink.sum()


def test_what_a_cut_costs() -> None:
    ink = side_by_side("00", 54)
    loops = {round(float(cut.columns.mean())): cut.loops for cut in cuts(ink, 80.0)}
    assert any(opened == 1 for place, opened in loops.items() if 45 < place < 75)  # through the first zero
    assert all(opened == 0 for place, opened in loops.items() if abs(place - 87) < 4)  # between both


def test_separate_ink_is_cut_beside_it() -> None:
    found, last = pieces(side_by_side("35", 110), 80.0)
    alone = [piece for piece in found if piece.alone and piece.end - piece.start < last]
    # The 3 is from 30 to 91, the 5 from 138 to 202.
    assert any(piece.box.left < 40 and 85 < piece.box.right < 95 for piece in alone)
    assert any(130 < piece.box.left < 145 and piece.box.right > 190 for piece in alone)


def test_the_width_of_a_pen() -> None:
    for pen in (4, 8, 16):
        assert abs(pen_width(coverage("7", (200, 200), (30, 30, 140), pen)) - pen) < 0.25 * pen
    assert pen_width(np.zeros((10, 10), np.float32)) == 0.0
