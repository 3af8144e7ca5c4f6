"""Our figures against scikit-learn's and SciPy's, and against examples small enough to work out by hand."""

import numpy as np
import pytest

from convlet.evaluation import evaluate
from convlet.evaluation.metrics import calibration_error, wilson_interval

NAMES = ("a", "b", "c", "d")


@pytest.fixture(scope="module")
def judged():
    random = np.random.default_rng(3)
    probabilities = random.dirichlet([0.3] * 4, 500).astype(np.float32)
    labels = np.where(random.random(500) < 0.7, probabilities.argmax(axis=1), random.integers(0, 4, 500))
    return probabilities, labels, evaluate(probabilities, labels, NAMES)


def test_agrees_with_scikit_learn(judged) -> None:
    from sklearn import metrics

    probabilities, labels, found = judged
    predicted = probabilities.argmax(axis=1)
    assert found.n == 500
    assert found.accuracy == metrics.accuracy_score(labels, predicted)
    assert found.confusion == tuple(map(tuple, metrics.confusion_matrix(labels, predicted).tolist()))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, predicted)
    for index, score in enumerate(found.per_class):
        assert score.label == NAMES[index]
        assert (score.precision, score.recall, score.f1) == pytest.approx((precision[index], recall[index], f1[index]))
        assert score.support == support[index]


def test_the_loss_is_kerass(judged) -> None:
    import keras

    probabilities, labels, found = judged
    theirs = keras.losses.SparseCategoricalCrossentropy()(labels, probabilities)
    assert found.loss == pytest.approx(float(theirs), rel=1e-5)


@pytest.mark.parametrize(("right", "n"), [(0, 10), (10, 10), (9887, 10000), (1, 2)])
def test_the_interval_is_wilsons(right: int, n: int) -> None:
    from scipy.stats import binomtest

    theirs = binomtest(right, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(right, n) == pytest.approx((theirs.low, theirs.high), abs=1e-12)


def test_calibration_error_by_hand() -> None:
    # Two bins: 0.9 sure and half right (gap 0.4), 0.6 sure and all right (gap 0.4).
    confidence = np.array([0.9, 0.9, 0.6, 0.6], np.float32)
    correct = np.array([True, False, True, True])
    assert calibration_error(confidence, correct) == pytest.approx(0.4)


def test_perfectly_sure_and_right_is_calibrated() -> None:
    assert calibration_error(np.ones(5, np.float32), np.ones(5, bool)) == 0


def test_a_class_never_named_and_never_seen_scores_zero() -> None:
    found = evaluate(np.array([[0.9, 0.1, 0.0]], np.float32), np.array([0]), ("a", "b", "c"))
    assert [score.precision for score in found.per_class] == [1, 0, 0]
    assert [score.recall for score in found.per_class] == [1, 0, 0]


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    assert evaluate(np.array([[1.0, 0.0]], np.float32), np.array([1]), ("a", "b")).loss == pytest.approx(16.118, abs=1e-3)
