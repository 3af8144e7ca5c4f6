"""A net answers new classes before it is trained on them, and still knows the others."""

import numpy as np
import pytest

from convlet.data import Dataset, Split
from convlet.models import PROBABILITIES, build_model, members
from convlet.models.keras_file import load_keras
from convlet.run import Run
from convlet.training.imprint import imprint

pytestmark = pytest.mark.slow


def with_more(run: Run, more: int):
    """The run's net with answers for `more` new classes, whose weights are zero."""
    model, _ = load_keras(run.path / "model.keras")
    net = build_model(run.recipe, (8, 8, 1), 10 + more, training=True)
    weights = [np.array(values) for values in members(model)[0].get_weights()][: len(net.get_weights())]
    weights[-2] = np.pad(weights[-2], ((0, 0), (0, more)))
    weights[-1] = np.pad(weights[-1], (0, more))
    net.set_weights(weights)
    return net


def test_new_classes_are_answered_and_the_others_still_are(run: Run, digits: Dataset) -> None:
    random = np.random.default_rng(3)
    corner = np.zeros((40, 8, 8, 1), np.uint8)  # a bright corner, and a bright column: no digit
    corner[:, :4, :4] = random.integers(150, 255, (40, 4, 4, 1))
    column = np.zeros((40, 8, 8, 1), np.uint8)
    column[:, :, 6:] = random.integers(150, 255, (40, 8, 2, 1))
    few = digits.train.take(digits.train.sample(300))
    images = np.concatenate([few.images, corner[:20], column[:20]])
    labels = np.concatenate([few.labels, np.repeat([10, 11], 20)])
    net = with_more(run, 2)
    before = net.predict(digits.test.images, verbose=0)[:, :10].argmax(axis=1)
    imprint(net, Split(images, labels), 10)
    after = net.predict(digits.test.images, verbose=0).argmax(axis=1)
    assert (net.predict(corner[20:], verbose=0).argmax(axis=1) == 10).mean() >= 0.95
    assert (net.predict(column[20:], verbose=0).argmax(axis=1) == 11).mean() >= 0.95
    assert (after == before).mean() >= 0.95


def test_without_an_image_of_a_known_class_nothing_is_imprinted(run: Run, digits: Dataset) -> None:
    net = with_more(run, 1)
    before = net.get_layer(PROBABILITIES).get_weights()
    imprint(net, Split(digits.train.images[:5], np.full(5, 10)), 10)
    for one, other in zip(before, net.get_layer(PROBABILITIES).get_weights(), strict=True):
        assert np.array_equal(one, other)
