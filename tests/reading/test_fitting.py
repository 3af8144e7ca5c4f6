import numpy as np
import pytest
from PIL import Image

from convlet.reading.fitting import as_channels, resized

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 4, 3), dtype=np.uint8)


def test_channels_stay_where_they_fit():
    assert as_channels(PIXELS, 3) is PIXELS


def test_grey_to_colour_repeats_it():
    np.testing.assert_array_equal(as_channels(PIXELS[..., :1], 3), PIXELS[..., [0, 0, 0]])


def test_colour_to_grey_weighs_green_most():
    weighed = PIXELS @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(as_channels(PIXELS, 1)[..., 0], weighed, atol=1)


@pytest.mark.parametrize(
    ("fit", "top", "left", "right"),
    [
        ("pad", 7, 5, 14),  # whole and half as large, between rows of its border's color
        ("crop", 5, 0, 19),  # the middle
        ("stretch", 5, 5, 14),  # whole and half as wide
    ],
)
def test_a_wide_picture_comes_to_a_square(fit: str, top: int, left: int, right: int):
    pixels = np.full((20, 40), 50, np.uint8)
    pixels[5:, 10:30] = 200
    made = resized(Image.fromarray(pixels), (20, 20, 1), fit)[..., 0]
    assert made.shape == (20, 20)
    rows, columns = np.nonzero(made > 125)
    assert (rows.min(), columns.min(), columns.max()) == (top, left, right)
