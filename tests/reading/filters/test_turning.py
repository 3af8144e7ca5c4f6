import numpy as np
import pytest
from scipy import ndimage

from convlet.reading.filters.turning import turned_by_45


@pytest.mark.parametrize("shape", [(5, 5), (12, 7), (30, 41)])
def test_the_turn_is_that_of_scipy(shape):
    mask = np.pad(np.random.default_rng(shape).random(shape) < 0.5, 2)

    turned = turned_by_45(mask)

    np.testing.assert_allclose(turned, ndimage.rotate(mask.astype(np.float32), 45, order=1), atol=1e-6)


def test_a_plus_becomes_a_times():
    mask = np.zeros((21, 21), bool)
    mask[9:12, 2:-2] = mask[2:-2, 9:12] = True
    turned = turned_by_45(mask) > 0.5

    middle = len(turned) // 2
    assert turned[middle, middle]
    assert turned[middle - 4, middle - 4]
    assert not turned[middle, 4]
