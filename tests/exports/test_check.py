"""Agreement between a file's answers and Keras's."""

import pytest

import convlet
from convlet.errors import CheckError
from convlet.exports import check, compare
from convlet.models.keras_file import load_keras
from convlet.run import Run


def test_not_a_number_disagrees() -> None:
    with pytest.raises(CheckError):
        check.require(check.Agreement(10, 1.0, float("nan")), check.EXACT, "made up")


def test_compare_tells_two_models_apart(run: Run, digits) -> None:
    other = convlet.build_model(convlet.recipe("small-data", seed=99), (8, 8, 1), 10)
    model, _ = load_keras(run.path / "model.keras")
    same = compare(run.predictor().probabilities, model, digits.test.images)
    different = compare(run.predictor().probabilities, other, digits.test.images)
    assert same.agreement == 1
    assert different.agreement < 0.5
    assert different.max_abs_difference > 0.1
    assert same.checked_images == len(digits.test)
