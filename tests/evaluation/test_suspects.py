"""Deliberately wrong labels are found, and honest mistakes are not."""

import numpy as np
import pytest

from convlet.evaluation import suspect_labels


@pytest.fixture(scope="module")
def mislabelled():
    """2,000 images of 5 classes, 40 labels changed; the probabilities of a good net that is sometimes unsure."""
    random = np.random.default_rng(4)
    truth = random.integers(0, 5, 2000)
    logits = random.normal(0, 1, (2000, 5))
    logits[np.arange(2000), truth] += random.normal(8, 1.5, 2000)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    labels, changed = truth.copy(), random.choice(2000, 40, replace=False)
    labels[changed] = (labels[changed] + random.integers(1, 5, 40)) % 5
    return probabilities.astype(np.float32), labels, set(changed.tolist())


def test_finds_the_wrong_labels(mislabelled) -> None:
    probabilities, labels, changed = mislabelled
    found = suspect_labels(probabilities, labels)
    indices = {suspect.index for suspect in found}
    assert len(indices & changed) > 30
    assert len(indices - changed) <= 1
    for suspect in found:
        assert suspect.label == labels[suspect.index]
        assert suspect.answer == probabilities[suspect.index].argmax()
        assert suspect.probability_of_label == probabilities[suspect.index, suspect.label]
        assert suspect.probability_of_answer == probabilities[suspect.index].max()


def test_the_most_suspicious_first(mislabelled) -> None:
    margins = [
        suspect.probability_of_answer - suspect.probability_of_label for suspect in suspect_labels(*mislabelled[:2])
    ]
    assert margins == sorted(margins, reverse=True)


def test_unsure_mistakes_are_no_suspects() -> None:
    probabilities = np.array([[0.99, 0.01]] * 10 + [[0.01, 0.99]] * 10 + [[0.4, 0.6]], np.float32)
    assert suspect_labels(probabilities, np.array([0] * 10 + [1] * 10 + [0])) == []


def test_a_class_is_measured_by_its_own_surety() -> None:
    """Class 2 is never more than 0.6 sure, so 0.6 for it is as sure as it gets; for class 0 it is not."""
    probabilities = np.array([[0.99, 0.01, 0]] * 10 + [[0.01, 0.99, 0]] * 10 + [[0.2, 0.2, 0.6]] * 10, np.float32)
    labels = np.array([0] * 10 + [1] * 10 + [2] * 10)
    mistakes = np.array([[0.1, 0.3, 0.6], [0.6, 0.3, 0.1]], np.float32)
    found = suspect_labels(np.concatenate([probabilities, mistakes]), np.append(labels, [1, 1]))
    assert [(suspect.index, suspect.answer) for suspect in found] == [(30, 2)]


def test_a_class_without_labels_draws_no_suspicion() -> None:
    assert suspect_labels(np.array([[0.1, 0.0, 0.9]], np.float32), np.array([0])) == []


def rare_class(rare: list[list[float]]) -> tuple[np.ndarray, np.ndarray]:
    """200 images of a common class, answered surely, and some of a rare one with these probabilities."""
    random = np.random.default_rng(2)
    common = random.beta(40, 1.5, 200)
    probabilities = np.concatenate([np.stack([common, 1 - common], axis=1), np.array(rare)])
    return probabilities.astype(np.float32), np.repeat([0, 1], [200, len(rare)])


def test_a_rare_class_that_is_never_answered_is_not_mislabeled() -> None:
    assert suspect_labels(*rare_class([[0.97, 0.03]] * 10)) == []


def test_nor_is_a_rare_class_that_is_often_missed() -> None:
    known, missed = [[0.05, 0.95]], [[0.9995, 0.0005]]
    assert suspect_labels(*rare_class(known * 7 + missed * 3)) == []
    assert [one.index for one in suspect_labels(*rare_class(known * 9 + missed))] == [209]
