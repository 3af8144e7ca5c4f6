"""Reliability, temperature and threshold against cases whose answer is known."""

import numpy as np
import pytest

from convlet.evaluation import evaluate, fit_temperature, reliability, threshold


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def honest():
    """Logits whose softmax is true: labels drawn from it."""
    random = np.random.default_rng(5)
    logits = random.normal(0, 2, (20_000, 6))
    labels = (softmax(logits).cumsum(axis=1) < random.random((20_000, 1))).sum(axis=1).clip(max=5)
    return logits, labels


@pytest.mark.parametrize("temperature", [0.3, 1.0, 2.5])
def test_finds_the_temperature_by_which_logits_were_spoilt(honest, temperature: float) -> None:
    logits, labels = honest
    found = fit_temperature(softmax(logits * temperature)[np.newaxis], labels)
    assert found == pytest.approx(temperature, rel=0.03)


def test_calibration_error_falls_to_nothing(honest) -> None:
    logits, labels = honest
    names = tuple("abcdef")
    spoilt, mended = evaluate(softmax(logits * 2.5), labels, names), evaluate(softmax(logits), labels, names)
    assert spoilt.ece > 0.1
    assert mended.ece < 0.015


def test_members_are_divided_before_their_mean(honest) -> None:
    """The mean of two nets is flatter than either: two need less cooling than one net that answers with that mean."""
    logits, labels = honest
    random = np.random.default_rng(1)
    members = softmax(np.stack([logits + random.normal(0, 2, logits.shape) for _ in range(2)]))
    found = fit_temperature(members, labels)
    losses = {
        t: -np.log(softmax(np.log(members) / t).mean(axis=0)[np.arange(len(labels)), labels]).mean()
        for t in (found, found * 0.93, found / 0.93)
    }
    assert min(losses, key=losses.get) == found
    assert found > fit_temperature(members.mean(axis=0, keepdims=True), labels)


def test_zeros_do_not_stop_it() -> None:
    members = np.array([[[1, 0, 0], [1, 0, 0], [0, 1, 0]]], np.float32)
    assert np.isfinite(fit_temperature(members, np.array([0, 1, 1])))


@pytest.mark.parametrize("count", [200, 3000])
@pytest.mark.parametrize("confidence", [0.8, 0.999999])
def test_where_all_is_right_it_is_as_sure_as_so_many_answers_allow(count: int, confidence: float) -> None:
    members = np.tile([confidence, 1 - confidence], (1, count, 1))
    cooled = softmax(np.log(members) / fit_temperature(members, np.zeros(count, int)))
    assert 1 - cooled[0, 0, 0] == pytest.approx(1 / (count + 2), rel=0.02)


@pytest.mark.parametrize("right", [1.0, 0.5])
def test_a_few_answers_move_the_temperature_little_and_more_answers_more(right: float) -> None:
    """A net that is 97 % sure: a few answers, all right or half right."""
    found = []
    for count in (2, 10, 30, 100, 400):
        members = np.tile([0.97, 0.03], (1, count, 1))
        labels = (np.arange(count) >= right * count).astype(int)
        found.append(fit_temperature(members, labels))
    assert 1 < found[0] < 2.5
    if right == 1:
        assert 0.7 < min(found[:4]) <= max(found[:4]) < 1.4
    else:
        assert found == sorted(found)
        assert found[-1] > 10  # half right is chance, and so many answers say it


@pytest.mark.parametrize("count", [2, 10, 30])
def test_a_good_net_stays_sure_after_few_answers(count: int) -> None:
    members = np.tile([0.97, 0.01, 0.01, 0.01], (1, count, 1))
    cooled = softmax(np.log(members) / fit_temperature(members, np.zeros(count, int)))
    assert cooled[0, 0, 0] > 0.8


def test_reliability_by_hand() -> None:
    probabilities = np.array([[0.9, 0.1], [0.9, 0.1], [0.42, 0.58], [0.5, 0.5], [0.0, 1.0]], np.float32)
    bins = reliability(probabilities, np.array([0, 1, 1, 1, 1]))
    assert len(bins) == 15
    assert bins[0].low == 0
    assert bins[-1].high == 1
    filled = {round(one.low * 15): (one.images, one.confidence, one.accuracy) for one in bins if one.images}
    assert filled == {
        7: (1, 0.5, 0.0),
        8: (1, pytest.approx(0.58), 1.0),
        13: (2, pytest.approx(0.9), 0.5),
        14: (1, 1.0, 1.0),
    }
    assert all(one.accuracy is None and one.confidence is None for one in bins if not one.images)


@pytest.mark.parametrize(("accept", "expected"), [(1.0, 0), (0.97, 3), (0.95, 5), (0.5, 50), (0.07, 93), (0.001, 99)])
def test_the_threshold_accepts_what_was_asked(accept: float, expected: int) -> None:
    confidence = np.random.default_rng(2).permutation(np.arange(100)).astype(np.float32) / 100
    found = threshold(confidence, accept)
    assert found == np.float32(expected / 100)
    assert (confidence >= found).mean() >= accept


def test_equal_scores_are_accepted_together() -> None:
    assert threshold(np.ones(10, np.float32), 0.5) == 1


@pytest.mark.parametrize(("count", "refused"), [(50, 0), (200, 3), (20_000, 700)])
def test_few_images_set_a_careful_threshold(count: int, refused: int) -> None:
    assert threshold(np.arange(count), 0.965, sure_of=0.95) == refused


@pytest.mark.parametrize(("count", "expected"), [(1, 0), (18, 0), (19, 0.5)])
def test_a_handful_of_images_sets_no_threshold(count: int, expected: float) -> None:
    assert threshold(np.full(count, 0.5), 0.965, sure_of=0.95) == expected
    assert threshold(np.full(count, 0.5), 0.965) == 0.5


@pytest.mark.parametrize(("count", "accept"), [(0, 0.9), (5, 0), (5, 1.1)])
def test_a_threshold_of_nothing(count: int, accept: float) -> None:
    with pytest.raises(ValueError, match="at least one image"):
        threshold(np.ones(count), accept)
