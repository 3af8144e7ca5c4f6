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
    ("fit", "columns"),
    [
        ("pad", [50] * 5 + [200] * 10 + [50] * 5),  # whole, between columns of its border's color
        ("crop", [200] * 20),  # the middle
        ("stretch", [50] * 5 + [200] * 10 + [50] * 5),  # whole, as wide again
    ],
)
def test_a_wide_picture_comes_to_a_square(fit: str, columns: list[int]):
    pixels = np.full((20, 40), 50, np.uint8)
    pixels[:, 10:30] = 200
    pixels[:5] = 50
    made = resized(Image.fromarray(pixels), (20, 20, 1), fit)[..., 0].astype(int)
    assert made.shape == (20, 20)
    near = [index for index in range(20) if columns[max(0, index - 1) : index + 2].count(columns[index]) == 3]
    assert (np.abs(made[12] - columns)[near] < 25).all()
    first = int(np.flatnonzero((made > 125).any(axis=1))[0])
    assert first == {"pad": 7, "crop": 5, "stretch": 5}[fit]  # rows of the bright part: half the size where padded
