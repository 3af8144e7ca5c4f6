"""What a trial reports while it trains."""

from types import SimpleNamespace

import pytest

import convlet
from convlet.data import Dataset
from convlet.run import Epoch
from convlet.tuning.trial import Progress, _Meter, train_trial


@pytest.mark.slow
def test_the_parameters_reported_are_those_of_the_saved_model(digits: Dataset, tmp_path) -> None:
    """One output more for none of the classes, which the recipe has once it is settled."""
    layers = {"filters": [24, 8], "kernel_size": [2, 3], "padding": "same", "pool": [1, 2]}
    recipe = convlet.recipe("pictures-small", **layers, reading="picture", epochs=1, least_steps=0, flip=0.5)
    seen: list[Progress] = []
    dataset = digits.with_validation(0.2)
    outcome = train_trial(tmp_path / "trial", dataset, recipe, seen.append)
    assert {progress.params for progress in seen} == {outcome.params}
    assert outcome.params == convlet.build_model(recipe, digits.image_shape, 10).count_params()


@pytest.mark.slow
def test_the_seconds_are_estimated_for_the_epochs_that_few_images_get(digits: Dataset) -> None:
    seen: list[Progress] = []
    meter = _Meter(digits, seen.append)
    epoch = Epoch(epoch=1, loss=1, accuracy=0.5, val_loss=1, val_accuracy=0.5, seconds=2, val_seconds=1)
    run = SimpleNamespace(recipe=convlet.recipe("small-data", epochs=40), history=[epoch])
    meter.catch_up(run)
    assert [(progress.part, progress.seconds) for progress in seen] == [(1 / 40, 80)]
