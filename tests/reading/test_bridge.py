"""Strokes that a fine pen left broken."""

import numpy as np

from convlet.reading.bridge import bridged
from convlet.reading.photo import drawn_parts
from tests.reading.drawings import coverage


def dotted(pen: float, share: float) -> np.ndarray:
    """Three digits with so much of their ink missing."""
    ink = np.zeros((140, 400), np.float32)
    for place, digit in enumerate("253"):
        np.maximum(ink, coverage(digit, (400, 140), (30 + 120 * place, 25, 90), pen), out=ink)
    return np.where(np.random.default_rng(5).random(ink.shape) < share, 0, ink).astype(np.float32)


def test_a_fine_broken_stroke_is_one_part() -> None:
    parts = drawn_parts(dotted(1.6, 0.3), least=2)
    assert parts is not None
    joined = bridged(parts)
    assert len(parts.area) > 12
    assert len(joined.area) <= 4  # the bar of the 5 stands alone
    assert joined.area.sum() == parts.area.sum()
    assert (joined.labels > 0).sum() == (parts.labels > 0).sum()
    for number, box in enumerate(joined.boxes):
        y, x = np.nonzero(joined.labels == number + 1)
        assert (x.min(), y.min(), x.max() + 1, y.max() + 1) == tuple(box)


def test_whole_and_broad_strokes_stay_as_they_are() -> None:
    for ink in (dotted(1.6, 0.0), dotted(8, 0.0)):
        parts = drawn_parts(ink, least=2)
        assert parts is not None
        assert bridged(parts) is parts
