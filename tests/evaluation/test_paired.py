"""McNemar's test, its interval, and Holm's adjustment, against figures worked out by hand."""

import numpy as np
import pytest

from convlet.evaluation.paired import holm, paired


def answers(both: int, only_first: int, only_second: int, neither: int) -> tuple[np.ndarray, np.ndarray]:
    counts = [both, only_first, only_second, neither]
    return np.repeat([True, True, False, False], counts), np.repeat([True, False, True, False], counts)


def test_only_images_on_which_one_is_right_count() -> None:
    found = paired(*answers(500, 8, 2, 300))
    assert (found.only_first, found.only_second) == (8, 2)
    assert found.p == pytest.approx(2 * (1 + 10 + 45) / 2**10)  # two or fewer heads of ten, or as many tails
    assert paired(*answers(0, 8, 2, 5)).p == found.p
    assert paired(*answers(500, 2, 8, 300)).p == found.p


def test_models_that_never_differ_cannot_be_told_apart() -> None:
    found = paired(*answers(45, 0, 0, 5))
    assert (found.p, found.difference) == (1, 0)
    low, high = found.difference_interval_95
    assert low == -high < 0


def test_the_difference_and_its_interval() -> None:
    found = paired(*answers(80, 12, 3, 5))
    assert found.difference == pytest.approx(0.09)
    # 13 half-images more and 4: (12 - 3) / 102, and 1.96 / 102 times the root of 16 - 81 / 102
    assert found.difference_interval_95 == pytest.approx((0.013306, 0.163165), abs=2e-6)
    low, high = paired(*answers(80, 3, 12, 5)).difference_interval_95
    assert (-high, -low) == pytest.approx(found.difference_interval_95)


def test_the_interval_of_few_images_stays_within_all_and_nothing() -> None:
    assert paired(*answers(0, 1, 0, 0)).difference_interval_95[1] == 1
    assert paired(*answers(0, 0, 1, 0)).difference_interval_95[0] == -1


def test_the_interval_holds_what_is_true_95_times_in_100() -> None:
    draw = np.random.default_rng(0)
    held = 0
    for counts in draw.multinomial(300, [0.90, 0.05, 0.02, 0.03], 400):
        low, high = paired(*answers(*counts)).difference_interval_95
        held += low <= 0.03 <= high
    assert 0.93 < held / 400 < 0.98


def test_several_tests_ask_for_more() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
