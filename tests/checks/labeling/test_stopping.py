"""When enough images were looked at."""

import numpy as np
import pytest
from scipy.stats import chi2

from convlet.checks.labeling.stopping import RIGHT, SURE, _largest_mean, judged_rest


def test_sure_ones_may_be_accepted_at_once() -> None:
    assert judged_rest(np.full(5_000, 0.9999), []) == (pytest.approx(0.5), True, 0)


def test_unsure_ones_may_not() -> None:
    rest = judged_rest(np.concatenate([np.full(40, 0.5), np.full(4_960, 0.9999)]), [])
    assert not rest.enough
    assert 20 < rest.more <= 40


def test_a_model_that_promised_too_much_is_not_trusted() -> None:
    sure = np.full(2_000, 0.999)
    assert judged_rest(sure, [(0.99, True)] * 30).enough
    assert not judged_rest(sure, [(0.99, False)] * 30).enough


def test_few_images_allow_no_mistake() -> None:
    assert not judged_rest(np.full(100, 0.99), []).enough


@pytest.mark.parametrize("seed", range(3))
def test_it_is_as_sure_as_it_says(seed: int) -> None:
    """Calibrated answers, the least sure looked at until the rest may be accepted: that is right often enough."""
    random = np.random.default_rng(seed)
    reached = 0
    for _ in range(60):
        sure = np.sort(1 - random.beta(0.05, 8, 3_000))
        right = random.random(3_000) < sure
        looked = 0
        while not (rest := judged_rest(sure[looked:], [*zip(sure[:looked], right[:looked], strict=True)])).enough:
            looked += max(1, min(rest.more, 25))
        reached += int((~right[looked:]).sum()) <= (1 - RIGHT) * 3_000
    assert reached / 60 >= SURE - 0.12


@pytest.mark.parametrize("allowed", [0, 1, 7, 120, 20_000])
def test_the_largest_mean_is_a_quantile_of_chi_squared(allowed: int) -> None:
    assert _largest_mean(allowed) == pytest.approx(chi2.ppf(1 - SURE, 2 * (allowed + 1)) / 2, rel=1e-9)
