"""The order of an epoch, and what is mirrored in it."""

import numpy as np
import pytest

import convlet
from convlet.training.balance import shares_of
from convlet.training.plan import Plan


def test_without_shares_every_image_comes_once_by_seed_and_epoch() -> None:
    plan = Plan(convlet.recipe("fast", seed=5), 50, (8, 8, 1))
    plan.epoch = 3
    assert (plan.order() == np.random.default_rng((5, 3, 0)).permutation(50)).all()


def test_with_shares_rare_images_come_again_by_seed_and_epoch() -> None:
    labels = np.repeat([0, 1], [45, 5])
    plan = Plan(convlet.recipe("fast", seed=5), 50, (8, 8, 1), shares_of(labels, 2))
    first = plan.order()
    assert (first == plan.order()).all()
    assert len(first) == 50
    assert (labels[first] == 1).sum() == round(50 / 4)
    plan.epoch = 1
    assert (first != plan.order()).any()


@pytest.mark.parametrize(("flip", "cycle"), [(0.5, 2), (0.25, 4), (1, 1)])
def test_each_image_is_mirrored_in_turn(flip: float, cycle: int) -> None:
    plan = Plan(convlet.recipe("tutorial", flip=flip, seed=5), 200, (8, 8, 1))
    seen = np.zeros((2 * cycle, 200), bool)
    for plan.epoch in range(2 * cycle):
        seen[plan.epoch, plan.order()] = plan.changes()[:, 0] < 0
    assert (seen[:cycle].sum(axis=0) == 1).all()
    assert (seen[:cycle] == seen[cycle:]).all()
    assert np.abs(seen.mean(axis=1) - flip).max() < 0.1


def test_a_rare_image_shown_often_is_mirrored_in_turn_within_an_epoch() -> None:
    labels = np.repeat([0, 1], [95, 5])
    plan = Plan(convlet.recipe("tutorial", flip=0.5, seed=5), 100, (8, 8, 1), shares_of(labels, 2))
    mirrored, order = plan.changes()[:, 0] < 0, plan.order()
    for image in range(95, 100):
        shown = mirrored[order == image]
        assert len(shown) > 2
        assert abs(shown.sum() - len(shown) / 2) <= 0.5
