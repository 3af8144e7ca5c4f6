"""After a training on ink, an existing model that reads it better is named."""

import json
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.run import Run
from convlet.run.existing import better_existing


@pytest.fixture(scope="module")
def runs(digits: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Run, Run, Dataset]:
    """A model of digits; one of a few other digits that has learned nothing, in the same folder; and its data."""
    folder = tmp_path_factory.mktemp("existing")
    recipe = convlet.recipe("small-data", epochs=4, reading="light-ink")
    good = convlet.train(digits, recipe, out=folder / "runs")
    images, labels = digits.test.images, digits.test.labels
    np.savez(folder / "mine.npz", x_train=images[:200], y_train=labels[:200], x_test=images[200:], y_test=labels[200:])
    mine = convlet.load(folder / "mine.npz")
    changed = recipe.changed(epochs=1, learning_rate=1e-6, validation_fraction=0.3)
    return good, convlet.train(mine, changed, out=folder / "runs"), mine


@pytest.mark.slow
def test_the_verdict_names_it_with_the_command(runs) -> None:
    good, poor, mine = runs
    assert poor.metrics["verdict"]["text"].endswith(f"convlet evaluate {good.path} {mine.source}")
    assert "of 60 validation images" in poor.metrics["verdict"]["text"]
    assert "existing model" not in str(good.metrics["verdict"])


def probabilities(run: Run, data: Dataset) -> np.ndarray:
    return run.predictor().probabilities(data.with_validation(0.3).validation.images)


@pytest.mark.slow
def test_a_model_that_is_no_better_is_not_named(runs) -> None:
    good, poor, mine = runs
    held_out = mine.with_validation(0.3).validation
    assert better_existing(poor, held_out, probabilities(poor, mine)) != ""
    assert better_existing(poor, held_out, probabilities(good, mine)) == ""


@pytest.mark.long
@pytest.mark.parametrize(
    ("field", "value"), [("class_names", list("abcdefghij")), ("source", None), ("status", "failed")]
)
def test_other_classes_the_same_data_and_unfinished_runs_do_not_count(runs, field: str, value: object) -> None:
    good, poor, mine = runs
    path = Path(good.path) / "run.json"
    before = path.read_text(encoding="utf-8")
    manifest = json.loads(before)
    where = manifest if field == "status" else manifest["dataset"]
    where[field] = mine.source if field == "source" else value
    path.write_text(json.dumps(manifest), encoding="utf-8")
    try:
        held_out = mine.with_validation(0.3).validation
        assert better_existing(poor, held_out, probabilities(poor, mine)) == ""
    finally:
        path.write_text(before, encoding="utf-8")
