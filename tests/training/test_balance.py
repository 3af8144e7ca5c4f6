"""Rare classes are shown more often; nearly balanced data are unchanged."""

import numpy as np
import pytest

from convlet.training.balance import MOST, shares_of


def labels(*counts: int) -> np.ndarray:
    return np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))


@pytest.mark.parametrize("counts", [(10, 10), (30, 10), (30, 0, 10), (7,)])
def test_up_to_three_to_one_nothing_changes(counts: tuple[int, ...]) -> None:
    assert shares_of(labels(*counts), len(counts)) is None


def test_a_rare_class_is_shown_a_third_as_often_as_the_largest() -> None:
    given = labels(200, 10, 100)
    shares = shares_of(given, 3)
    assert shares is not None
    order = shares.draw(np.random.default_rng(1))
    shown = np.bincount(given[order])
    assert len(order) == len(given)
    assert shown[0] / shown[1] == pytest.approx(MOST, rel=0.05)
    assert shown[0] / shown[2] == pytest.approx(2, rel=0.05)


def test_within_a_class_every_image_comes_as_often_as_the_others_or_once_more() -> None:
    given = labels(200, 7)
    shares = shares_of(given, 2)
    assert shares is not None
    times = np.bincount(shares.draw(np.random.default_rng(1)), minlength=len(given))
    assert np.ptp(times[given == 1]) <= 1
    assert set(times[given == 0]) == {0, 1}


def test_over_several_epochs_all_images_are_shown() -> None:
    given = labels(200, 7)
    shares = shares_of(given, 2)
    assert shares is not None
    random = np.random.default_rng(1)
    assert len(set(np.concatenate([shares.draw(random) for _ in range(20)]))) == len(given)


def test_outliers_keep_their_share_and_count_for_no_class() -> None:
    given = np.append(labels(200, 10), np.full(13, 2))
    shares = shares_of(given, 2)
    assert shares is not None
    assert np.bincount(given[shares.draw(np.random.default_rng(1))])[2] == 13
    assert shares_of(np.append(labels(20, 20), [2, 2]), 2) is None


def test_an_epoch_shows_some_of_many_outliers_and_every_image_once() -> None:
    given = np.append(labels(90, 10), np.full(400, 2))
    random = np.random.default_rng(1)
    for even in (False, True):
        shares = shares_of(given, 2, 5, even=even)
        assert shares is not None
        orders = [shares.draw(random) for _ in range(30)]
        assert {len(order) for order in orders} == {105}
        assert all((given[order] == 2).sum() == 5 for order in orders)
        assert len(set(np.concatenate(orders)) - set(range(100))) > 100
        assert all(sorted(order[order < 100]) == list(range(100)) for order in orders) != even


def test_classes_are_shown_as_they_are_where_that_is_wanted() -> None:
    assert shares_of(labels(200, 10), 2, even=False) is None


def test_an_order_depends_on_the_generator_alone() -> None:
    shares = shares_of(labels(100, 3), 2)
    assert shares is not None
    one, again, other = (shares.draw(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert (one == again).all()
    assert (one != other).any()
