"""McNemar's test, and Holm's adjustment, against figures worked out by hand."""

import numpy as np
import pytest

from convlet.evaluation.paired import holm, mcnemar


def test_only_images_on_which_one_is_right_count() -> None:
    both, neither = np.ones(500, bool), np.zeros(300, bool)
    first = np.concatenate([both, neither, np.ones(8, bool), np.zeros(2, bool)])
    second = np.concatenate([both, neither, np.zeros(8, bool), np.ones(2, bool)])
    found = mcnemar(first, second)
    assert (found.only_first, found.only_second) == (8, 2)
    assert found.p == pytest.approx(2 * (1 + 10 + 45) / 2**10)  # two or fewer heads of ten, or as many tails
    assert mcnemar(second, first).p == found.p


def test_models_that_never_differ_cannot_be_told_apart() -> None:
    same = np.random.default_rng(0).random(50) < 0.9
    assert mcnemar(same, same).p == 1


def test_several_tests_ask_for_more() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1, 1]
    assert holm([]) == []
