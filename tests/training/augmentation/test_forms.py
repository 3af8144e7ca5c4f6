"""Digits drawn in forms that data sets lack."""

import numpy as np
import pytest

import convlet
from convlet.data import Split
from convlet.training.augmentation.forms import FORMS, drawn, with_forms

DIGITS = tuple("0123456789")


@pytest.fixture
def split(strokes: np.ndarray) -> Split:
    return Split(strokes[:200], np.arange(200) % 10)


def added(split: Split, names: tuple[str, ...] = DIGITS, **fields) -> Split:
    return with_forms(split, convlet.recipe("tutorial", **{"forms": 0.5, "reading": "light-ink", **fields}), names, 0.7)


def test_they_follow_the_split_and_have_its_labels(split: Split) -> None:
    made = added(split)
    assert len(made) == 300
    np.testing.assert_array_equal(made.images[:200], split.images)
    assert made.images.dtype == np.uint8
    counts = np.bincount(made.labels[200:], minlength=10)
    assert counts.min() > 0
    assert counts[1] > counts[0]  # a 1 is drawn in most ways


def test_labels_follow_the_order_of_the_classes(split: Split) -> None:
    turned = added(split, DIGITS[::-1])
    ones = turned.images[200:][turned.labels[200:] == 8]
    others = turned.images[200:][turned.labels[200:] == 9]  # zeros are wider
    assert (ones > 0).any(axis=1).sum(axis=1).mean() < (others > 0).any(axis=1).sum(axis=1).mean()


@pytest.mark.parametrize(
    ("names", "fields"),
    [(tuple("abcdefghij"), {}), (DIGITS[:9], {}), (DIGITS, {"forms": 0}), (DIGITS, {"reading": "picture"})],
    ids=["letters", "nine digits", "none", "pictures"],
)
def test_nothing_is_added_to_other_classes(split: Split, names: tuple[str, ...], fields: dict) -> None:
    assert added(split, names, **fields) is split


def test_dark_ink_is_drawn_dark(split: Split) -> None:
    dark = added(split, reading="dark-ink")
    np.testing.assert_array_equal(dark.images[200:], 255 - added(split).images[200:])


def test_a_seed_gives_the_same_drawings(split: Split) -> None:
    np.testing.assert_array_equal(added(split).images, added(split).images)
    assert (added(split, seed=2).images[200:] != added(split).images[200:]).any()


@pytest.mark.parametrize("digit", FORMS)
def test_each_form_is_ink_of_the_usual_size(digit: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(30):
        image = drawn(digit, 28, 28, 20.0, random)
        rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
        assert 18 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
        assert image.max() > 200
