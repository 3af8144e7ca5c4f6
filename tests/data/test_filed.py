"""Cuts go by where images were filed, whatever was decided later."""

import numpy as np
import pytest

from convlet.data.filed import NOWHERE, Filed, chosen_of, draws_of, rows_cut
from convlet.errors import DataError


def filed(labels: np.ndarray, rows: np.ndarray) -> Filed:
    return Filed(labels, draws_of(map(str, range(len(labels)))), rows)


@pytest.mark.parametrize("seed", range(20))
def test_no_decision_moves_an_image(seed: int) -> None:
    random = np.random.default_rng(seed)
    labels = random.integers(-1, 4, 200)
    every = np.arange(200)
    (rest, rest_filed), (off, off_filed) = rows_cut(np.zeros(200, np.int64), filed(labels, every), 0.2, "x")
    assert sorted([*rest, *off]) == every.tolist()
    kept = np.sort(random.choice(200, 150, replace=False))
    new = random.integers(0, 9, 150)  # relabeled at random
    (rest2, filed2), (off2, _) = rows_cut(new, filed(labels, kept), 0.2, "x")
    assert set(kept[off2]) == set(off) & set(kept)
    assert set(kept[rest2]) == set(rest) & set(kept)
    (again, _), (more, _) = rows_cut(np.zeros(len(rest), np.int64), rest_filed, 0.25, "x")  # validation, from the rest
    (again2, _), (more2, _) = rows_cut(new[rest2], filed2, 0.25, "x")
    assert set(kept[rest2][more2]) == set(rest[more]) & set(kept)
    assert set(kept[rest2][again2]) == set(rest[again]) & set(kept)
    assert off_filed is not None


def test_images_in_class_folders_are_cut_as_without_others() -> None:
    labels = np.random.default_rng(0).integers(0, 3, 90)
    mixed = np.concatenate([labels, np.full(30, NOWHERE)])
    chosen, _, _ = filed(mixed, np.arange(120)).cut(0.2)
    np.testing.assert_array_equal(chosen[:90], chosen_of(labels, 0.2))


def test_a_fifth_of_many_without_folders() -> None:
    chosen, rest, _ = filed(np.full(5_000, NOWHERE), np.arange(5_000)).cut(0.2)
    assert 900 < chosen.sum() < 1100
    again, _, _ = rest.cut(0.1)
    assert 320 < again.sum() < 480


@pytest.mark.parametrize("count", [2, 3, 5])
def test_of_a_few_one_is_split_off_and_one_left(count: int) -> None:
    for seed in range(30):
        draws = draws_of(f"{seed}-{one}" for one in range(count))
        chosen, _, _ = Filed(np.full(count, NOWHERE), draws, np.arange(count)).cut(0.2)
        assert 0 < chosen.sum() < count


def test_none_left_on_one_side_is_an_error() -> None:
    labels = np.zeros(10, np.int64)
    chosen, _, _ = filed(labels, np.arange(10)).cut(0.2)
    with pytest.raises(DataError, match="too few images to split"):
        rows_cut(labels[~chosen], filed(labels, np.flatnonzero(~chosen)), 0.2, "x")
