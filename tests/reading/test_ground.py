"""Ink is darker or lighter than its ground, whatever lies beside the paper."""

import numpy as np
import pytest
from PIL import Image

from convlet.reading.ground import ink_colours
from convlet.reading.search import look
from tests.reading.drawings import coverage, on_paper, pixels

INK = np.zeros((600, 800), np.float32)
for place, digit in enumerate("5027"):
    np.maximum(INK, coverage(digit, (800, 600), (80 + 130 * place, 200, 90), 9), out=INK)


def photograph(paper=(180, 178, 172), pen=(130, 130, 132), strip: int = 0, table: int = 25) -> Image.Image:
    """Return a photograph of pale ink, with a table below."""
    scene = on_paper(INK, paper, pen, 1.0)
    if strip:
        scene[-strip:] = table
    return Image.fromarray(pixels(scene, 2.0))


@pytest.mark.parametrize(
    ("paper", "pen", "sum_"), [((235, 233, 225), (40, 40, 120), 1), ((40, 60, 50), (225,) * 3, -1)]
)
def test_ink_alone(paper, pen, sum_: int) -> None:
    colours = ink_colours(photograph(paper, pen))
    assert [round(float(colour.sum())) for colour in colours[:2]] == [sum_, -sum_]
    assert not colours.open


@pytest.mark.parametrize("strip", [20, 30, 45])
@pytest.mark.parametrize(
    ("paper", "pen", "table", "sum_"),
    [((180, 178, 172), (130, 130, 132), 25, 1), ((50, 70, 60), (130, 140, 135), 230, -1)],
)
def test_pale_ink_beside_a_table(strip: int, paper, pen, table: int, sum_: int) -> None:
    found = look(photograph(paper, pen, strip, table), 800, whole_page=True)
    assert found is not None
    assert round(float(found.colour.sum())) == sum_
    tall = found.parts.sizes[found.parts.likely() > 0.1 * found.parts.likely().max(), 1]
    assert len(tall) in (4, 5)  # a bar of the 5 may stand off
    assert np.median(tall) > 80
