import numpy as np
import pytest
from skimage.filters import threshold_otsu  # noqa: TID253  a test may wait for it

from convlet.reading.filters.threshold import otsu


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("seed", range(8))
def test_the_threshold_is_that_of_scikit_image(kind, seed):
    random = np.random.default_rng(seed)
    dark, light = random.normal(60, 20, (40, 30)), random.normal(180, 25, (40, 50))
    pixels = np.clip(np.concatenate([dark, light], axis=1), 0, 255).astype(kind)
    pixels = pixels / kind(255) if kind is np.float32 else pixels

    found = otsu(pixels)

    assert found == threshold_otsu(pixels)
    assert ((pixels > found) == (pixels > threshold_otsu(pixels))).all()  # also where a float32 is compared


def test_two_tones_are_told_apart():
    assert 10 <= otsu(np.array([[10, 10, 200], [10, 200, 200]], np.uint8)) < 200
