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
    data = load(folder)
    assert data.class_names == ("x", "y", "z")
    assert "labels.csv" in [one.file for one in data.left_out]


def test_two_lists(tmp_path: Path):
    folder = listed(listed(tmp_path / "set", table="a.csv"), table="b.csv")
    assert_refused(lambda: load(folder), folder, "2 lists", "a.csv, b.csv", f"Give the one to read: {folder / 'a.csv'}")


def test_lists_of_several_splits(tmp_path: Path):
    folder = listed(tmp_path / "set", "images", "train.csv")
    for name, first in (("val", 100), ("test_labels", 200)):
        for number, image in enumerate(TEST.images, first):
            save(Image.fromarray(image), folder / "images" / f"{number}.png")
        rows = [f"{number}.png,{ANIMALS[label]}" for number, label in enumerate(TEST.labels, first)]
        (folder / f"{name}.csv").write_text("\n".join(["path,label", *rows, ""]))
    data = load(folder)
    assert [len(part) for part in (data.train, data.validation, data.test)] == [40, 12, 12]
    assert data.left_out == ()
    assert data.test.labels.tolist() == TEST.labels.tolist()
    (folder / "test_labels.csv").write_text("path,label\n201.png,ant\n200.png,dog\n")
    assert_refused(lambda: load(folder), folder / "test_labels.csv", "line 3", "'dog'", "ant, bee, cat")


def test_images_that_no_list_names_and_other_tables_are_left_out(tmp_path: Path):
    folder = listed(tmp_path / "set", "images")
    save(Image.fromarray(TEST.images[0]), folder / "images" / "more" / "1.png")
    (folder / "notes.csv").write_text("a,b\n1,2\n")
    data = load(folder)
    assert [one.file for one in data.left_out] == ["notes.csv", "images/more/1.png"]
    assert "labels.csv" in data.left_out[1].reason


@pytest.mark.parametrize("lines", [["filename,label", "200.png,?"], ["filename,width", "200.png,6"]])
def test_a_list_of_test_without_answers_is_left_out(tmp_path: Path, lines: list[str]):
    folder = listed(tmp_path / "set", table="train.csv")
    if "width" in lines[0]:  # even where a class is called so
        (folder / "train.csv").write_text((folder / "train.csv").read_text().replace("ant", "6"))
    save(Image.fromarray(TEST.images[0]), folder / "200.png")
    (folder / "test.csv").write_text("\n".join([*lines, ""]))
    data = load(folder)
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert [one.file for one in data.left_out] == ["test.csv", "200.png"]
    assert "it has no labels that are classes of train.csv" in data.left_out[0].reason


def test_images_named_by_another_way_are_not_left_out(tmp_path: Path):
    folder = listed(tmp_path / "set")
    text = (folder / "labels.csv").read_text().replace("\n", f"\n{folder}/").removesuffix(f"{folder}/")
    (folder / "labels.csv").write_text(text)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert load(tmp_path / "link").left_out == ()
