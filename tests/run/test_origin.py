"""What a run was made of: its recipe, and the data with the images that were kept before."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.errors import DataError, ModelError
from convlet.run import Run
from convlet.run.kept import KEPT
from convlet.run.origin import BEFORE
from convlet.signature import Signature

RECIPE = convlet.recipe("small-data", epochs=2)


def test_the_recipe_is_kept_whole(run: Run) -> None:
    assert run.recipe == convlet.recipe("small-data", epochs=4, precision=run.recipe.precision, reading="light-ink")
    assert run.recipe.precision != "auto"


@pytest.mark.parametrize("change", ["another rate", "cut short", "one character", "missing"])
def test_a_changed_recipe_is_refused(change: str, digits: Dataset, tmp_path: Path) -> None:
    run = Run.create(tmp_path, digits.with_validation(0.1), RECIPE)
    path = run.path / "recipe.toml"
    text = path.read_text()
    if change == "missing":
        path.unlink()
    else:
        rate = text.replace("learning_rate = 0.001", "learning_rate = 0.01")
        assert rate != text
        path.write_text({"another rate": rate, "cut short": text[:-30], "one character": text + "\n"}[change])
    refused = r"recipe\.toml was changed or damaged .*convlet train --config"
    with pytest.raises(ModelError, match=refused):
        _ = run.recipe
    with pytest.raises(ModelError, match=refused):
        convlet.resume(run)


def test_a_run_from_nothing_has_no_images_before_its_own(run: Run, digits: Dataset) -> None:
    assert run.kept_before() is None
    assert run.joined(digits) is digits
    assert run.as_taught(digits) is digits


@pytest.fixture
def taught(run: Run, tmp_path: Path) -> Run:
    """A run that goes on from another, as its folder tells it."""
    copy = Run(shutil.copytree(run.path, tmp_path / "taught"))
    shutil.copy(run.path / KEPT, copy.path / BEFORE)
    signature: Signature = run.predictor().signature
    copy.update(start={"path": str(run.path), "sha256": "", "signature": signature.to_metadata()})
    return copy


def test_with_few_images_there_is_no_test_and_evaluate_says_what_to_do(taught: Run) -> None:
    corners = np.zeros((3, 8, 8, 1), np.uint8)
    corners[:, :4, :4] = 200
    given = Dataset.from_arrays(corners, [0] * 3, class_names=["corner"])
    joined, before = taught.joined(given), taught.kept_before()
    assert before is not None
    assert joined.class_names == (*map(str, range(10)), "corner")
    assert len(joined.train) == len(before.trained) + 3
    with pytest.raises(DataError, match="has no test images: each of these few was taught"):
        joined.test  # noqa: B018
    assert taught.as_taught(given) is given  # other images than it was taught with
    taught.update(dataset=taught.manifest["dataset"] | {"train_sha256": joined.train.sha256})
    with pytest.raises(DataError, match="each of these few was taught"):
        taught.as_taught(given).test  # noqa: B018
