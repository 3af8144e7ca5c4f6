"""The edge of a sheet is cropped, the edge of a shadow is not."""

import numpy as np
import pytest

from convlet.reading import read_image, read_page
from convlet.reading.edges import sheet
from tests.reading.drawings import MNIST, SHAPE, coverage, likeness, on_paper, pixels, ruled

PLAIN = (coverage("2", (200, 200), (50, 50, 100), 11) * 255).astype(np.uint8)


def two_tones(ink: np.ndarray, edge: float, dark: float = 0.7) -> np.ndarray:
    """Return a photograph whose lower part, from a row on, has so much of the light."""
    rows = np.arange(ink.shape[0])[:, np.newaxis, np.newaxis]
    scene = on_paper(ink, (200, 196, 190), (40, 40, 42), 1.0)
    return pixels(scene * (1 - (1 - dark) / (1 + np.exp(-(rows - edge) / 3))), 2.0)


@pytest.mark.parametrize("edge", [420, 470, 520])
def test_a_shadow_through_a_digit(edge: int) -> None:
    picture = two_tones(coverage("2", (640, 960), (220, 370, 200), 20), edge)
    assert len(read_page(picture, SHAPE, MNIST)) == 1
    assert likeness(read_image(picture, SHAPE, MNIST), read_image(PLAIN, SHAPE, MNIST)) > 0.8


def test_a_table_beside_the_sheet_is_cropped() -> None:
    channel = two_tones(coverage("2", (640, 960), (220, 200, 200), 20), 700)[..., 1].astype(np.float32) / 255
    _, inside = sheet(channel)
    assert inside.top == 0
    assert 660 < inside.bottom < 720


@pytest.mark.parametrize("gap", [26, 31, 37, 44])
def test_squared_paper_has_no_edge(gap: int) -> None:
    ink = coverage("2", (1200, 700), (200, 200, 120), 18)
    scene = ruled(on_paper(ink, (228, 214, 170), (25, 25, 30), 1.0), gap, 3, squared=True, slope=0.02)
    channel = pixels(scene, 2.0)[..., 1].astype(np.float32) / 255
    assert sheet(channel)[1] == (0, 0, 1200, 700)
