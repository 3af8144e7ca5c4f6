import dataclasses

import numpy as np
import pytest

import convlet
from convlet.models import before_sharing, build_model, with_weights
from convlet.system.engine import keras
from convlet.training.calibrate import calibrate


@pytest.fixture(scope="module")
def recipe() -> convlet.Recipe:
    return convlet.recipe("small-data", filters=[8], dense_units=32, epochs=4)


@pytest.fixture(scope="module")
def trained(digits, recipe) -> list:
    """The weights of two briefly trained nets."""
    made = []
    for seed in (1, 2):
        net = build_model(recipe.changed(seed=seed), (8, 8, 1), 10)
        net.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
        net.fit(digits.train.images, digits.train.labels, epochs=4, verbose=0)
        made.append(net.get_weights())
    return made


@pytest.fixture
def nets(trained, recipe) -> list:
    """Those nets, overconfident: their logits are six times too large."""
    made = []
    for weights in trained:
        net = build_model(recipe, (8, 8, 1), 10)
        net.set_weights(weights)
        last = net.get_layer("probabilities")
        last.set_weights([6 * values for values in last.get_weights()])
        made.append(net)
    return made


def likelihood(nets: list, images: np.ndarray, labels: np.ndarray) -> float:
    mean = np.mean([np.asarray(net.predict(images, verbose=0)) for net in nets], axis=0)
    return float(np.log(mean[np.arange(len(labels)), labels]).mean())


@pytest.mark.slow
def test_the_validation_labels_become_likelier_and_the_answers_stay(nets, digits, recipe) -> None:
    dataset = digits.with_validation(0.2)
    images, labels = dataset.validation.images, dataset.validation.labels
    before, answers = likelihood(nets, images, labels), nets[0].predict(images, verbose=0).argmax(axis=1)
    temperature, _ = calibrate(nets, dataset, recipe)
    assert temperature > 1.2
    assert likelihood(nets, images, labels) > before
    np.testing.assert_array_equal(nets[0].predict(images, verbose=0).argmax(axis=1), answers)


def test_the_threshold_accepts_its_part_of_what_the_model_then_answers(nets, digits, recipe) -> None:
    dataset = digits.with_validation(0.2)
    _, threshold = calibrate(nets, dataset, recipe)
    mean = np.mean([np.asarray(net.predict(dataset.validation.images, verbose=0)) for net in nets], axis=0)
    accepted = (mean.max(axis=1) >= threshold - 1e-6).mean()
    assert 0.965 <= accepted < 0.985


def test_a_test_set_that_validates_decides_nothing(nets, digits, recipe) -> None:
    weights = [weight.copy() for net in nets for weight in net.get_weights()]
    temperature, threshold = calibrate(nets, digits, recipe.changed(validate_on="test"))
    assert temperature == 1
    for before, after in zip(weights, [weight for net in nets for weight in net.get_weights()], strict=True):
        np.testing.assert_array_equal(before, after)
    mean = np.mean([np.asarray(net.predict(digits.train.images, verbose=0)) for net in nets], axis=0)
    assert (mean.max(axis=1) >= threshold - 1e-6).mean() > 0.965


@pytest.mark.slow
def test_none_of_the_classes_is_as_likely_as_all_for_one_known_image_in_fifty(digits) -> None:
    recipe = convlet.recipe("small-data", filters=[8], dense_units=32, outliers=0.1, reading="picture")
    dataset = digits.with_validation(0.3)
    net = build_model(recipe, (8, 8, 1), 10, training=True)
    net.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    net.fit(dataset.train.images, dataset.train.labels, epochs=6, verbose=0)
    saved = with_weights(build_model(recipe, (8, 8, 1), 10), net.get_weights())
    images = dataset.validation.images
    answers = np.asarray(saved(images, training=False)).argmax(axis=1)
    _, threshold = calibrate([saved], dataset, recipe)
    none = np.asarray(before_sharing(saved)(images, training=False))[:, 10]
    assert 0.015 < (none >= 0.5).mean() < 0.025
    after = np.asarray(saved(images, training=False))
    np.testing.assert_array_equal(after.argmax(axis=1), answers)
    assert 0.965 <= (after.max(axis=1) >= threshold - 1e-6).mean() < 0.985


def test_few_images_do_not_move_it(digits) -> None:
    recipe = convlet.recipe("small-data", filters=[8], dense_units=32, outliers=0.1, reading="picture")
    few = dataclasses.replace(digits, validation=digits.train.take(np.arange(15)))
    net = build_model(recipe, (8, 8, 1), 10)
    bias = net.get_layer("probabilities").get_weights()[1]
    _, threshold = calibrate([net], few, recipe)
    np.testing.assert_array_equal(net.get_layer("probabilities").get_weights()[1], bias)  # all zeros
    assert threshold == 0


@pytest.mark.slow
def test_images_learned_by_heart_set_no_high_threshold(recipe) -> None:
    """Ten thousand weights for 200 images: sure of every one of them, and of few others."""
    digits = convlet.load("digits")
    few = digits.train.take(np.arange(200))
    net = build_model(recipe.changed(dense_units=256), (8, 8, 1), 10)
    net.compile("adam", "sparse_categorical_crossentropy", jit_compile=False)
    net.fit(few.images, few.labels, epochs=60, verbose=0)
    _, threshold = calibrate([net], dataclasses.replace(digits, train=few), recipe.changed(validate_on="test"))
    by_heart = np.asarray(net.predict(few.images, verbose=0)).max(axis=1)
    assert np.quantile(by_heart, 0.035) > 0.95
    others = np.asarray(net.predict(digits.test.images, verbose=0)).max(axis=1)
    assert (others >= threshold).mean() > 0.95 > (others >= np.quantile(by_heart, 0.035)).mean()


def test_what_is_saved_carries_both(run) -> None:
    signature = run.predictor().signature
    assert 0 < signature.threshold < 1
    assert signature.temperature != 1
    assert signature.form.kind == "ink"
    assert keras().models.load_model(run.path / "model.keras").output_shape == (None, 10)
