"""A data set that is loaded again, or handed in, is the recorded one, at the recorded size."""

import json
import re
from pathlib import Path

import pytest

import convlet
from convlet.errors import DataError, ModelError
from convlet.run import Run
from convlet.run.recorded import Recorded, as_recorded, load_recorded, recorded
from tests.data.datafiles import write_photographs


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_photographs(tmp_path / "set", [(70, 90)] * 5)


@pytest.mark.parametrize("options", [{}, {"image_size": "auto"}, {"image_size": "40x30", "fit": "crop"}])
def test_it_comes_back_from_disk_or_from_the_user_as_it_was(folder: Path, options: dict[str, str]) -> None:
    data = convlet.load(folder, **options)
    facts = recorded(data)
    assert load_recorded(facts).train.sha256 == data.train.sha256
    assert as_recorded(convlet.load(folder), facts).train.sha256 == data.train.sha256


def test_data_that_are_gone_are_named_with_the_way_on(folder: Path, tmp_path: Path) -> None:
    facts = recorded(convlet.load(folder))
    (tmp_path / "pets-1").mkdir()
    (tmp_path / "pets-1" / "run.json").write_text(json.dumps({"dataset": facts}))
    folder.rename(tmp_path / "moved")
    run = Recorded(tmp_path / "pets-1", "run.json", "a run folder", "train")
    for load in (run.dataset, lambda: load_recorded(facts)):
        with pytest.raises(DataError, match=rf"set was at {re.escape(str(folder))}, .*No such file.*as DATASET"):
            load()


def test_a_place_that_cannot_be_reached_is_named_too(folder: Path) -> None:
    facts = recorded(convlet.load(folder)) | {"source": f"/{'x' * 300}/set"}
    with pytest.raises(DataError, match=r"set was at /x+/set, which cannot be opened now: .*as DATASET"):
        load_recorded(facts)


def test_images_of_their_own_size_stay(folder: Path) -> None:
    data = convlet.load(folder)
    assert as_recorded(data, recorded(data)) is data


@pytest.mark.parametrize(
    ("place", "name", "value"),
    [
        ("dataset", "source", None),
        ("dataset", "source", 5),
        ("dataset", "data_dir", []),
        ("dataset", "train_sha256", None),
        ("dataset", "class_names", {}),
        ("", "hardware", 5),
        ("", "engine", [1]),
        ("", "status", None),
    ],
)
def test_facts_of_another_type(place: str, name: str, value: object, run: Run, tmp_path) -> None:
    facts = json.loads((run.path / "run.json").read_text())
    del facts["seal"]
    (facts[place] if place else facts)[name] = value
    (tmp_path / "run.json").write_text(json.dumps(facts))
    with pytest.raises(ModelError, match=f"is damaged: its '{name}' is"):
        _ = Run(tmp_path).manifest
