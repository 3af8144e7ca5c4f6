"""The order in which images are shown."""

import numpy as np
import pytest

from convlet.checks.labeling.order import UNLABELED, Place, ordered


def sure(count: int, classes: int = 3, p: float = 0.98) -> np.ndarray:
    made = np.full((count, classes), (1 - p) / (classes - 1))
    made[np.arange(count), np.arange(count) % classes] = p
    return made


def test_wrong_labels_come_first_the_surest_first() -> None:
    probabilities, labels = sure(60), np.arange(60) % 3
    labels[[7, 20]] = 0, 1
    probabilities[20] = 0.001, 0.001, 0.998
    found = ordered(probabilities, labels)
    assert found[:2] == [Place(20, "suspect"), Place(7, "suspect")]
    assert sorted(place.image for place in found) == list(range(60))
    assert {place.reason for place in found[2:]} == {"unsure"}


def test_then_the_least_sure() -> None:
    probabilities, labels = sure(30), np.arange(30) % 3
    probabilities[4] = 0.3, 0.4, 0.3
    probabilities[9] = 0.6, 0.2, 0.2
    assert [place.image for place in ordered(probabilities, labels)[:2]] == [4, 9]


def test_without_labels_the_least_likely_first() -> None:
    probabilities = sure(5)
    probabilities[3] = 0.5, 0.3, 0.2
    found = ordered(probabilities, np.full(5, UNLABELED))
    assert found[0] == Place(3, "unlabeled")


def test_copies_stand_side_by_side() -> None:
    probabilities, labels = sure(30), np.arange(30) % 3
    labels[6] = 1
    found = ordered(probabilities, labels, [np.array([3, 12]), np.array([6, 9, 15])])
    assert found[:3] == [Place(6, "two_labels"), Place(9, "two_labels", 6), Place(15, "two_labels", 6)]
    place = next(at for at, one in enumerate(found) if one.image == 3)
    assert found[place + 1] == Place(12, "copy", 3)


def test_unreadable_images_and_those_of_unknown_classes() -> None:
    probabilities, labels = sure(9), np.arange(9) % 3
    probabilities[5] = np.nan
    labels[4] = 3  # a class that the model lacks
    found = ordered(probabilities, labels, unread=[5])
    assert found[0] == Place(5, "unread")
    assert sorted(place.image for place in found) == list(range(9))


@pytest.mark.parametrize("seed", range(10))
def test_every_image_stands_there_once(seed: int) -> None:
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.ones(4), 80)
    probabilities[random.random(80) < 0.1] = np.nan
    groups = [random.choice(80, random.integers(2, 5), replace=False)]
    found = ordered(probabilities, random.integers(-1, 6, 80), groups, [2, 5])
    assert sorted(place.image for place in found) == list(range(80))
