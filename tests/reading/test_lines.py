"""Printed lines are painted over: wholly, also where noise lies beside them, and never the strokes across them."""

import numpy as np

from convlet.reading.lines import without_lines
from tests.reading.drawings import coverage, lit, on_paper, pixels, ruled

SIZE = (800, 600)
GAP = 70


def ruled_paper(ink: np.ndarray, noise: float) -> np.ndarray:
    """Return the green channel of a photograph of ruled paper in fading light, 0 to 1."""
    scene = ruled(on_paper(ink), GAP, 3, colour=(150, 150, 155), slope=0.04)
    return pixels(lit(scene, 0.9), noise)[..., 1].astype(np.float32) / 255


def rests(painted: np.ndarray) -> float:
    """Return the share of pixels far darker than the median of their column nearby."""
    from scipy import ndimage

    ground = ndimage.median_filter(painted, (25, 1))
    return float((painted < ground - 0.1).mean())


def test_nothing_of_a_rule_stays_in_noise() -> None:
    paper = ruled_paper(np.zeros(SIZE[::-1], np.float32), 3.0)
    assert rests(paper) > 0.02
    assert rests(without_lines(paper)) < 0.001


def test_the_grain_of_paper_is_no_ink_across_a_rule() -> None:
    grain = np.zeros(SIZE[::-1], np.float32)
    random = np.random.default_rng(0)
    for x, y in random.integers(0, (SIZE[0] - 4, SIZE[1] - 4), (4000, 2)):
        grain[y : y + 4, x : x + 4] = 0.06  # far paler than a rule
    assert rests(without_lines(ruled_paper(grain, 1.0))) < 0.001


def test_a_stroke_across_a_rule_stays() -> None:
    ink = coverage("4", SIZE, (300, 200, 150), 9)
    painted = without_lines(ruled_paper(ink, 4.0))
    clean = pixels(lit(on_paper(ink), 0.9), 4.0)[..., 1].astype(np.float32) / 255
    dark = clean < 0.45
    assert dark.sum() > 1000
    assert (painted < 0.55)[dark].mean() > 0.97
