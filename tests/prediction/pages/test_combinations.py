"""Combinations in order of their cost."""

import itertools

import numpy as np

from convlet.prediction.pages.combinations import likeliest_first


def test_every_combination_once_the_cheapest_first() -> None:
    random = np.random.default_rng(0)
    for sizes in ((3, 1, 4), (2, 2, 2, 2), (1,), (5, 3)):
        costs = [sorted(random.uniform(0, 5, size).tolist()) for size in sizes]
        found = list(likeliest_first(costs, 10_000))
        every = list(itertools.product(*(range(size) for size in sizes)))
        assert sorted(tuple(taken) for _, taken in found) == every
        sums = [cost for cost, _ in found]
        np.testing.assert_allclose(sums, sorted(sums))
        for cost, taken in found:
            assert np.isclose(cost, sum(each[index] for each, index in zip(costs, taken, strict=True)))


def test_no_more_than_asked_for() -> None:
    assert len(list(likeliest_first([[0.0, 1.0]] * 10, 7))) == 7
    assert list(likeliest_first([], 5)) == [(0, [])]
