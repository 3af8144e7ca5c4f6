"""The other processes of a training, without any: what process 0 sends is handed to a follower here."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, brought_to
from convlet.training import follow
from convlet.training.distributed import distribute
from convlet.training.fit import with_splits
from convlet.training.resolve import wanted_of
from tests.data.datafiles import write_photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_photographs(tmp_path / "set", [(70, 90), (90, 60)] * 4)


def followed(dataset: Dataset, recipe: convlet.Recipe, monkeypatch: pytest.MonkeyPatch, *place: Any) -> Dataset:
    """What a follower trains on while process 0 trains `dataset` by `recipe`."""
    sent: list[bytes] = []
    found: list[Dataset] = []
    monkeypatch.setattr(distribute, "part", lambda: distribute.Part(0, 2))
    monkeypatch.setattr(distribute, "require_same_data", found.append)
    monkeypatch.setattr(distribute, "_broadcast", sent.append)
    with distribute.leading(dataset, recipe, None):
        pass
    monkeypatch.setattr(distribute, "_broadcast", lambda _: sent.pop(0))
    monkeypatch.setattr(sys.modules[follow.__module__], "fit_members", lambda data, *_: found.append(data))
    follow(*place)
    leader, checked, trained = found
    assert (leader, checked) == (dataset, trained)
    return trained


@pytest.mark.parametrize("options", [{"image_size": "auto", "fit": "crop"}, {"image_size": 30, "fit": "stretch"}])
def test_the_data_are_read_as_process_0_read_them(
    folder: Path, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = convlet.recipe("pictures-small")
    dataset = with_splits(brought_to(convlet.load(folder, **options), wanted_of(recipe), convlet.Watch()), recipe)
    there = followed(dataset, recipe, monkeypatch)
    assert there.train.sha256 == dataset.train.sha256
    assert there.form == dataset.form
    np.testing.assert_array_equal(there.validation.labels, dataset.validation.labels)


def test_data_elsewhere_are_read_alike(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recipe = convlet.recipe("pictures-small")
    dataset = with_splits(convlet.load(folder, image_size=32, fit="crop", transpose=True), recipe)
    sha256 = dataset.train.sha256
    folder.rename(tmp_path / "moved")
    assert followed(dataset, recipe, monkeypatch, str(tmp_path / "moved")).train.sha256 == sha256
