"""Answers that depend on the images are told from answers that do not."""

import numpy as np
import pytest

from convlet.evaluation import learned


def confusion(labels: np.ndarray, answers: np.ndarray, classes: int) -> np.ndarray:
    counts = np.zeros((classes, classes), int)
    np.add.at(counts, (labels, answers), 1)
    return counts


@pytest.mark.parametrize("classes", [2, 10, 100])
def test_answers_without_looking_are_chance(classes: int) -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, classes, 2_000)
    assert learned(confusion(labels, random.integers(0, classes, 2_000), classes)) is False
    assert learned(confusion(labels, np.full(2_000, 1), classes)) is False


def test_better_answers_are_not() -> None:
    random = np.random.default_rng(0)
    labels = random.integers(0, 10, 500)
    answers = np.where(random.random(500) < 0.3, labels, random.integers(0, 10, 500))
    assert learned(confusion(labels, answers, 10)) is True


@pytest.mark.parametrize("images", [1, 5_000])
def test_one_class_alone_cannot_tell(images: int) -> None:
    assert learned(confusion(np.zeros(images, int), np.zeros(images, int), 3)) is None


def test_the_largest_class_as_the_only_answer_is_chance_however_large_it_is() -> None:
    assert learned([[400, 0], [20, 0]]) is False
    assert learned([[390, 10], [5, 15]]) is True


def test_a_hair_above_chance_is_no_learning_however_certain() -> None:
    assert learned([[26_000, 24_500], [24_500, 25_000]]) is False


def test_a_few_images_cannot_tell() -> None:
    assert learned([[1, 0], [0, 1]]) is None
    assert learned([[3, 0], [0, 0]]) is None
    assert learned([[3, 0], [0, 3]]) is True
    assert learned([[4, 2], [2, 4]]) is None
    assert learned([[20, 10], [10, 20]]) is True
    assert learned([[15, 15], [15, 15]]) is False
