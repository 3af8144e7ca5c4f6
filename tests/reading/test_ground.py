"""Ink is darker or lighter than its ground, whatever lies beside the paper."""

import numpy as np
import pytest
from PIL import Image

from convlet.reading.ground import ink_colour, ink_colours
from convlet.reading.search import look
from tests.reading.drawings import coverage, on_paper, pixels

INK = np.zeros((600, 800), np.float32)
for place, digit in enumerate("5027"):
    np.maximum(INK, coverage(digit, (800, 600), (80 + 130 * place, 200, 90), 9), out=INK)


def photograph(paper=(180, 178, 172), pen=(130, 130, 132), strip: int = 0) -> Image.Image:
    """Return a photograph of pale ink, with a dark table below."""
    scene = on_paper(INK, paper, pen, 1.0)
    if strip:
        scene[-strip:] = 25
    return Image.fromarray(pixels(scene, 2.0))


@pytest.mark.parametrize(
    ("paper", "pen", "dark"), [((235, 233, 225), (40, 40, 120), 1), ((40, 60, 50), (225,) * 3, -1)]
)
def test_ink_alone(paper, pen, dark: int) -> None:
    picture = photograph(paper, pen)
    assert [round(float(colour.sum())) for colour in ink_colours(picture)] == [dark]
    assert round(float(ink_colour(picture).sum())) == dark


@pytest.mark.parametrize("strip", [20, 30, 45])
def test_pale_ink_beside_a_dark_table(strip: int) -> None:
    found = look(photograph(strip=strip), 800, whole_page=True)
    assert found is not None
    assert found.colour.sum() > 0
    tall = found.parts.sizes[found.parts.likely() > 0.1 * found.parts.likely().max(), 1]
    assert len(tall) in (4, 5)  # a bar of the 5 may stand off
    assert np.median(tall) > 80
