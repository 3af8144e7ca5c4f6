"""Our figures against scikit-learn's and SciPy's, and against examples small enough to work out by hand."""

import json
from collections.abc import Iterable

import numpy as np
import pytest

from convlet.evaluation import CORRUPTIONS, PICTURE_CORRUPTIONS, evaluate
from convlet.evaluation.calibration import bins, calibration_error
from convlet.evaluation.interval import wilson_interval
from convlet.evaluation.metrics import Robustness

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


def test_the_interval_stays_within_0_and_1() -> None:
    for n in range(1, 500):
        assert wilson_interval(0, n)[0] >= 0
        assert wilson_interval(n, n)[1] <= 1


def test_calibration_error_by_hand() -> None:
    # Two bins: 0.9 sure and half right (gap 0.4), 0.6 sure and all right (gap 0.4).
    confidence = np.array([0.9, 0.9, 0.6, 0.6], np.float32)
    correct = np.array([True, False, True, True])
    assert calibration_error(bins(confidence, correct)) == pytest.approx(0.4)


def test_perfectly_sure_and_right_is_calibrated() -> None:
    assert calibration_error(bins(np.ones(5, np.float32), np.ones(5, bool))) == 0


def test_a_class_never_named_and_never_seen_scores_zero() -> None:
    found = evaluate(np.array([[0.9, 0.1, 0.0]], np.float32), np.array([0]), ("a", "b", "c"))
    assert [score.precision for score in found.per_class] == [1, 0, 0]
    assert [score.recall for score in found.per_class] == [1, 0, 0]


def test_a_certain_answer_costs_as_much_as_keras_says() -> None:
    loss = evaluate(np.array([[1.0, 0.0]], np.float32), np.array([0]), ("a", "b")).loss
    assert loss == pytest.approx(1e-7, rel=0.01)


def test_a_certain_mistake_costs_a_finite_loss() -> None:
    assert evaluate(np.array([[1.0, 0.0]], np.float32), np.array([1]), ("a", "b")).loss == pytest.approx(
        16.118, abs=1e-3
    )


def test_names_the_images_worth_a_look(judged) -> None:
    probabilities, labels, found = judged
    sure, predicted = probabilities.max(axis=1), probabilities.argmax(axis=1)
    assert len(found.worst) == len(found.uncertain) == 24
    assert found.suspects
    assert found.worst[0].probability == sure[predicted != labels].max()
    assert found.uncertain[0].probability == sure.min()
    for case in (*found.worst, *found.uncertain, *found.suspects):
        assert (case.label, case.answer) == (NAMES[labels[case.index]], NAMES[predicted[case.index]])
        assert case.probability == sure[case.index]
        assert case.probability_of_label == probabilities[case.index, labels[case.index]]
    assert all(case.label != case.answer for case in (*found.worst, *found.suspects))
    assert [case.probability for case in found.worst] == sorted(
        (case.probability for case in found.worst), reverse=True
    )


def test_the_bins_are_those_of_the_error(judged) -> None:
    found = judged[2]
    assert sum(one.images for one in found.reliability) == found.n
    assert sum(
        one.images * abs(one.accuracy - one.confidence) for one in found.reliability if one.images
    ) / found.n == pytest.approx(found.ece)


def test_a_threshold_refuses_what_is_below_it(judged) -> None:
    probabilities, labels, without = judged
    found = evaluate(probabilities, labels, NAMES, threshold=0.6).rejection
    assert without.rejection is None
    kept = probabilities.max(axis=1) >= 0.6
    assert found.threshold == 0.6
    assert found.refused == (~kept).sum()
    assert found.accepted == kept.mean()
    assert found.accuracy_of_accepted == (probabilities.argmax(axis=1) == labels)[kept].mean()
    assert found.curve[0].accepted == 1
    assert found.curve[0].accuracy == without.accuracy
    for point in found.curve:
        kept = probabilities.max(axis=1) >= point.threshold
        assert (point.accepted, point.accuracy) == (kept.mean(), (probabilities.argmax(axis=1) == labels)[kept].mean())
    accepted = [point.accepted for point in found.curve]
    assert accepted == sorted(set(accepted), reverse=True)
    assert accepted[-1] == pytest.approx(0.5, abs=0.01)


def test_equally_sure_images_are_accepted_together() -> None:
    probabilities = np.array([[0.9, 0.1]] * 6 + [[0.8, 0.2]] * 4, np.float32)
    curve = evaluate(probabilities, np.array([0] * 9 + [1]), ("a", "b"), threshold=0.5).rejection.curve
    assert [(point.accepted, point.accuracy) for point in curve] == [(1, 0.9), (0.6, 1)]


def test_the_curve_has_more_points_where_mistakes_are() -> None:
    sure = np.linspace(0.5, 1, 1000)
    curve = evaluate(np.stack([sure, 1 - sure], 1), np.zeros(1000, int), ("a", "b"), threshold=0.5).rejection.curve
    halves, twos = [100 - step / 2 for step in range(20)], list(range(90, 49, -2))
    assert [point.accepted * 100 for point in curve] == pytest.approx(halves + twos)


def test_a_threshold_that_refuses_all() -> None:
    found = evaluate(np.array([[0.7, 0.3]], np.float32), np.array([0]), ("a", "b"), threshold=0.9).rejection
    assert (found.accepted, found.accuracy_of_accepted, found.refused) == (0, None, 1)


def test_robustness_comes_with_its_mean(judged) -> None:
    found = judged[2].with_robustness({"fog": 0.5, "shear": 0.75})
    assert judged[2].robustness is None
    assert found.to_dict()["robustness"] == {"mean": 0.625, "corruptions": {"fog": 0.5, "shear": 0.75}}
    assert found.accuracy == judged[2].accuracy


@pytest.mark.parametrize(("n", "classes"), [(1, 2), (1, 1000), (300, 2), (3000, 1000)])
def test_any_size_becomes_moderate_json(n: int, classes: int) -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.full(classes, 0.2), n).astype(np.float32)
    names = tuple(f"class {number}" for number in range(classes))
    content = (
        evaluate(probabilities, random.integers(0, max(1, classes // 2), n), names, threshold=0.5)
        .with_robustness({"fog": 1.0})
        .to_dict()
    )
    confusion = content.pop("confusion")
    text = json.dumps(content, allow_nan=False)
    assert len(text) < 30_000 + 130 * classes
    assert sum(map(sum, confusion)) == n
    assert {"accuracy", "loss", "n", "per_class", "ece", "accuracy_interval_95", "class_names"} < content.keys()


def test_balanced_accuracy_stands_beside_accuracy_where_classes_differ_in_size() -> None:
    probabilities = np.tile(np.array([0.9, 0.1], np.float32), (20, 1))
    uneven = evaluate(probabilities, np.repeat([0, 1], [18, 2]), ["common", "rare"])
    assert (uneven.accuracy, uneven.balanced_accuracy) == (0.9, 0.5)
    assert [figure[:2] for figure in uneven.figures()[:2]] == [("accuracy", "90.00%"), ("balanced accuracy", "50.00%")]
    even = evaluate(probabilities, np.repeat([0, 1], [11, 9]), ["a", "b"])
    assert [name for name, *_ in even.figures()] == ["accuracy", "loss", "calibration error"]
    assert evaluate(probabilities, np.zeros(20, np.int64), ["a", "never seen"]).balanced_accuracy == 1


def test_cases_carry_the_names_of_files(judged) -> None:
    probabilities, labels, found = judged
    named = evaluate(probabilities, labels, NAMES, files=[f"{index}.png" for index in range(500)])
    for kind in ("worst", "uncertain", "suspects"):
        assert getattr(named, kind)
        assert all(case.file == f"{case.index}.png" for case in getattr(named, kind))
        assert all(case.file is None for case in getattr(found, kind))


def test_a_model_that_has_not_learned_suspects_no_label() -> None:
    random = np.random.default_rng(0)
    probabilities, labels = random.dirichlet([0.2] * 4, 400), random.integers(0, 4, 400)
    assert evaluate(probabilities, labels, NAMES).suspects == ()
    assert evaluate(probabilities, np.where(labels, probabilities.argmax(axis=1), 0), NAMES).suspects


@pytest.mark.parametrize(
    ("names", "collection"),
    [(CORRUPTIONS, "MNIST-C"), (PICTURE_CORRUPTIONS, "CIFAR-10-C"), (["fog"], "MNIST-C"), (["jpeg"], "CIFAR-10-C")],
)
def test_whose_corruptions_they_are(names: Iterable[str], collection: str) -> None:
    assert Robustness(0.5, dict.fromkeys(names, 0.5)).collection == collection
