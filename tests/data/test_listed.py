"""A folder of images beside a list of them."""

from pathlib import Path

import pytest
from PIL import Image

from convlet.data import load
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, assert_refused, save, write_class_folders

ANIMALS = ("ant", "bee", "cat")


def listed(folder: Path, inside: str = "", table: str = "labels.csv") -> Path:
    for number, image in enumerate(TRAIN.images):
        save(Image.fromarray(image), folder / inside / f"{number}.png")
    rows = [f"{number}.png,{ANIMALS[label]}" for number, label in enumerate(TRAIN.labels)]
    (folder / table).write_text("\n".join(["path,label", *rows, ""]))
    return folder


@pytest.mark.parametrize("inside", ["", "images", "train"])
def test_a_flat_folder_with_a_list(tmp_path: Path, inside: str):
    folder = listed(tmp_path / "set", inside)
    (folder / "test.csv").write_text("id\n0.png\n1.png\n")
    notes: list[str] = []
    data = load(folder, watch=Watch(on_note=notes.append))
    assert (data.name, data.source, data.class_names) == ("set", str(folder), ANIMALS)
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert any("labels.csv" in note for note in notes)


def test_class_folders_win_over_a_list(tmp_path: Path):
    folder = write_class_folders(listed(tmp_path / "set"), TEST, ("x", "y", "z"))
    assert load(folder).class_names == ("x", "y", "z")


def test_two_lists(tmp_path: Path):
    folder = listed(listed(tmp_path / "set", table="a.csv"), table="b.csv")
    assert_refused(lambda: load(folder), folder, "2 lists", "a.csv, b.csv", f"Give the one to read: {folder / 'a.csv'}")
