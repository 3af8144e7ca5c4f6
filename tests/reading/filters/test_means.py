import numpy as np
import pytest
from scipy import ndimage

from convlet.reading.filters.means import bell, evened, group_medians, median_tones, medians

SHAPES = [(3, 5), (40, 31), (64, 64)]


def floats_of(shape):
    return np.random.default_rng(shape).random(shape, np.float32)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sigma", [0.7, 1.0, 2.5])
def test_the_bell_is_that_of_scipy_to_the_last_bits(shape, sigma):
    values = floats_of(shape)
    row = values[0].astype(np.float64) * 300

    # Where a processor multiplies and adds in one step, as some do, SciPy's sums may differ in their last bit.
    close = {"rtol": 1e-6, "atol": 0}
    np.testing.assert_allclose(
        bell(values, sigma, (0, 1), "symmetric"), ndimage.gaussian_filter(values, sigma), **close
    )
    theirs = ndimage.gaussian_filter1d(row, sigma, mode="nearest")
    np.testing.assert_allclose(bell(row, sigma, (0,), "edge"), theirs, **close)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("axis", [0, 1])
def test_means_are_those_of_scipy(shape, axis):
    values = (np.random.default_rng(shape).integers(-255, 256, shape) / 256).astype(np.float32)

    for size in (3, 5):
        assert (evened(values, size, axis) == ndimage.uniform_filter1d(values, size, axis)).all()


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7, 40])
def test_medians_are_those_of_scipy(size):
    values = floats_of((1, 70))[0]

    assert (medians(values, size) == ndimage.median_filter(values, size, mode="nearest")).all()


@pytest.mark.parametrize("shape", [(8, 8), (40, 31), (120, 90)])
def test_median_tones_are_those_of_scipy(shape):
    picture = np.random.default_rng(shape).integers(0, 256, (*shape, 3)).astype(np.uint8)

    assert (median_tones(picture, 7) == ndimage.median_filter(picture, (7, 7, 1))).all()


@pytest.mark.parametrize("used", [1, 9, 12])
def test_group_medians_are_those_of_scipy(used):
    values = floats_of((40, 31))
    groups = np.random.default_rng(used).integers(3, 3 + used, values.shape)

    assert (group_medians(values, groups, 17) == ndimage.median(values, groups, np.arange(17))).all()
