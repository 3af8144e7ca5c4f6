import numpy as np
import pytest
from scipy import signal

from convlet.reading.filters.peaks import peaks


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("least", [0, 1, 2.5, 6])
def test_peaks_are_those_of_scipy(seed, least):
    random = np.random.default_rng(seed)
    curve = random.integers(0, 12, random.integers(1, 80)).repeat(random.integers(1, 4))

    assert peaks(curve, least).tolist() == signal.find_peaks(curve, prominence=least)[0].tolist()


def test_a_level_curve_has_none():
    assert not len(peaks(np.zeros(9), 0))
    assert not len(peaks(np.arange(9), 0))
