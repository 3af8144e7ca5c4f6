import numpy as np
import pytest

import convlet
from convlet.training.optimizer import accuracy, cross_entropy, make_optimizer


def test_one_cycle_rises_from_a_tenth_and_ends_at_nothing() -> None:
    schedule = make_optimizer(convlet.recipe("fast", learning_rate=0.01, warmup=0.2), 100)._learning_rate
    rates = [float(schedule(step)) for step in range(101)]
    assert rates[0] == pytest.approx(0.001)
    assert max(rates) == pytest.approx(rates[20]) == pytest.approx(0.01)
    assert rates[100] == pytest.approx(0, abs=1e-9)
    assert rates[:21] == sorted(rates[:21])
    assert rates[20:] == sorted(rates[20:], reverse=True)


def test_one_cycle_without_a_rise_begins_at_the_top() -> None:
    assert float(make_optimizer(convlet.recipe("fast", warmup=0), 10)._learning_rate(0)) == pytest.approx(0.01)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_the_loss_of_each_image(smoothing: float) -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    target = (1 - smoothing) * np.eye(3)[[0, 1]] + smoothing / 3
    expected = -(target * np.log(probabilities)).sum(axis=1)
    loss = cross_entropy(convlet.recipe("tutorial", label_smoothing=smoothing), 3)
    np.testing.assert_allclose(np.asarray(loss(np.array([0, 1]), probabilities)), expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_an_outlier_is_to_be_as_likely_every_class(smoothing: float) -> None:
    probabilities = np.array([[0.7, 0.2, 0.1], [0.1, 0.1, 0.8]], np.float32)
    loss = cross_entropy(convlet.recipe("tutorial", label_smoothing=smoothing, outliers=0.1), 3)
    target = np.stack([(1 - smoothing) * np.eye(3)[2] + smoothing / 3, np.full(3, 1 / 3)])
    expected = -(target * np.log(probabilities)).sum(axis=1)
    np.testing.assert_allclose(np.asarray(loss(np.array([2, 3]), probabilities)), expected, rtol=1e-5)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_a_net_with_an_output_for_none_of_the_classes_is_to_give_outliers_that(smoothing: float) -> None:
    probabilities = np.array([[0.6, 0.2, 0.1, 0.1], [0.1, 0.1, 0.3, 0.5]], np.float32)
    loss = cross_entropy(convlet.recipe("tutorial", label_smoothing=smoothing, outliers=0.1), 3)
    known = (1 - smoothing) * np.eye(4)[1] + smoothing / 3 * np.array([1, 1, 1, 0])
    expected = -(np.stack([known, np.eye(4)[3]]) * np.log(probabilities)).sum(axis=1)
    np.testing.assert_allclose(np.asarray(loss(np.array([1, 3]), probabilities)), expected, rtol=1e-5)


@pytest.mark.parametrize("fields", [{}, {"label_smoothing": 0.3}, {"outliers": 0.1}])
def test_the_loss_of_a_mixed_image_is_that_of_both_classes_by_their_parts(fields: dict) -> None:
    probabilities = np.array([[0.6, 0.3, 0.1], [0.1, 0.1, 0.8]], np.float32)
    loss = cross_entropy(convlet.recipe("tutorial", **fields), 3)
    own, other, part = np.array([0, 1]), np.array([2, 0]), np.array([0.25, 0.7], np.float32)
    expected = (1 - part) * np.asarray(loss(own, probabilities)) + part * np.asarray(loss(other, probabilities))
    mixed = loss(np.stack([own, other, part], axis=1).astype(np.float32), probabilities)
    np.testing.assert_allclose(np.asarray(mixed), expected, rtol=1e-5)


def test_accuracy_asks_for_the_likeliest_of_the_classes() -> None:
    metric = accuracy(2)
    metric.update_state(np.array([1, 0, 2]), np.array([[0.1, 0.3, 0.6], [0.1, 0.3, 0.6], [0.1, 0.3, 0.6]], np.float32))
    assert float(metric.result()) == pytest.approx(0.5)


def test_outliers_are_not_counted_as_mistakes() -> None:
    metric = accuracy(3)
    metric.update_state(
        np.array([0, 1, 3, 3]), np.array([[0.7, 0.2, 0.1], [0.7, 0.2, 0.1], [0.1, 0.8, 0.1], [1, 0, 0]], np.float32)
    )
    assert float(metric.result()) == pytest.approx(0.5)


def test_a_mixed_image_counts_as_what_most_of_it_shows() -> None:
    metric = accuracy(2)
    labels = np.array([[0, 1, 0.4], [0, 1, 0.6], [0, 2, 0.7], [1, 0, 0.5]], np.float32)  # the third is an outlier
    metric.update_state(labels, np.array([[0.9, 0.1], [0.1, 0.9], [0.9, 0.1], [0.9, 0.1]], np.float32))
    assert float(metric.result()) == pytest.approx(2 / 3)
