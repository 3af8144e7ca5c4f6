"""A model in memory answers, pickles, and answers alike whatever stands beside an image."""

import pickle

import numpy as np
import pytest

from convlet.data import Dataset
from convlet.run import Run
from convlet.training.estimator.model import Model


@pytest.fixture
def model(run: Run) -> Model:
    return Model((run.path / "model.onnx").read_bytes())


def test_it_answers_as_the_run_does(model: Model, run: Run, digits: Dataset) -> None:
    found = model.probabilities(digits.test.images)
    np.testing.assert_allclose(found, run.predictor().probabilities(digits.test.images), atol=1e-6)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)


def test_an_answer_does_not_depend_on_what_stands_beside_the_image(model: Model, digits: Dataset) -> None:
    images = digits.test.images[:100]
    whole = model.probabilities(images)
    np.testing.assert_array_equal(whole[::-1], model.probabilities(images[::-1]))
    np.testing.assert_array_equal(
        whole, np.concatenate([model.probabilities(images[at : at + 1]) for at in range(100)])
    )


def test_a_pickle_holds_the_model_and_little_else(model: Model, digits: Dataset) -> None:
    content = pickle.dumps(model)
    assert len(content) < len(model.content) + 500
    again = pickle.loads(content)
    np.testing.assert_array_equal(
        again.probabilities(digits.test.images[:9]), model.probabilities(digits.test.images[:9])
    )


def test_images_of_another_size_are_resized_to_the_models(model: Model) -> None:
    assert model.probabilities(np.zeros((2, 28, 28), np.uint8)).shape == (2, 10)
    assert model.probabilities(np.zeros((0, 8, 8), np.uint8)).shape == (0, 10)
