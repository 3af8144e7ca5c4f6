"""A folder of images with a list of them."""

import json
import os
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
    for name in ("README.md", "images/1.svg"):
        (folder / name).touch()
    data = load(folder)
    assert [one.file for one in data.left_out] == ["notes.csv", "images/more/1.png", "README.md", "images/1.svg"]
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
    assert "none of its labels is a class of train.csv" in data.left_out[0].reason


def test_images_named_by_another_way_are_not_left_out(tmp_path: Path):
    folder = listed(tmp_path / "set")
    text = (folder / "labels.csv").read_text().replace("\n", f"\n{folder}/").removesuffix(f"{folder}/")
    (folder / "labels.csv").write_text(text)
    (tmp_path / "link").symlink_to(folder, target_is_directory=True)
    assert load(tmp_path / "link").left_out == ()


def write_test_images(folder: Path) -> list[str]:
    """TEST's images in a folder, and the lines of their list."""
    for number, image in enumerate(TEST.images, 200):
        save(Image.fromarray(image), folder / f"{number}.png")
    return [f"{number}.png,{ANIMALS[label]}" for number, label in enumerate(TEST.labels, 200)]


@pytest.mark.parametrize("answers", ["test_labels", "test_solution"])
def test_of_two_lists_of_test_the_one_with_labels_is_read(tmp_path: Path, answers: str):
    folder = listed(tmp_path / "set", table="train.csv")
    lines = write_test_images(folder)
    (folder / f"{answers}.csv").write_text("\n".join(["id,label", *lines, ""]))
    (folder / "test.csv").write_text("\n".join(["id,width", *(f"{line.partition(',')[0]},6" for line in lines), ""]))
    (folder / "sample_submission.csv").write_text(
        "\n".join(["id,label", *(f"{number}.png,ant" for number in range(3))])
    )
    data = load(folder)
    assert (len(data.train), data.class_names) == (40, ANIMALS)
    assert data.test.labels.tolist() == TEST.labels.tolist()
    left_out = {one.file: one.reason for one in data.left_out}
    assert left_out.keys() == {"test.csv", "sample_submission.csv"}
    assert "a sample submission" in left_out["sample_submission.csv"]
    if answers == "test_labels":
        assert left_out["test.csv"] == "the labels of test are read from test_labels.csv"


def test_a_list_of_test_with_empty_labels_is_left_out(tmp_path: Path):
    folder = listed(tmp_path / "set", table="train.csv")
    lines = [f"{line.partition(',')[0]}," for line in write_test_images(folder)]
    (folder / "test.csv").write_text("\n".join(["id,label", *lines, ""]))
    data = load(folder)
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert [one.file for one in data.left_out][:2] == ["test.csv", "200.png"]
    assert_refused(lambda: load(folder / "test.csv"), folder / "test.csv", "image files but no labels")


def test_of_two_lists_of_train_the_one_with_labels_is_read(tmp_path: Path):
    folder = listed(tmp_path / "set", table="train_labels.csv")
    (folder / "train.csv").write_text("\n".join(["id,width", *(f"{number}.png,{number % 2}" for number in range(40))]))
    data = load(folder)
    assert data.class_names == ANIMALS
    assert [one.file for one in data.left_out] == ["train.csv"]


@pytest.mark.parametrize("name", ["sample_submission", "sampleSubmission", "Submission_Format"])
def test_a_form_for_answers_is_no_list(tmp_path: Path, name: str):
    assert_refused(lambda: load(listed(tmp_path / "set", table=f"{name}.csv")), "no class folders")


def test_a_test_list_of_one_label_is_doubted(tmp_path: Path):
    folder = listed(tmp_path / "set", table="train.csv")
    lines = [f"{line.partition(',')[0]},ant" for line in write_test_images(folder)]
    (folder / "test.csv").write_text("\n".join(["id,label", *lines, ""]))
    notes: list[str] = []
    assert set(load(folder, watch=Watch(on_note=notes.append)).test.labels) == {0}
    assert sum(note.startswith("test.csv: all its labels are ant.") for note in notes) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_no_list(tmp_path: Path):
    folder = listed(tmp_path / "set")
    os.mkfifo(folder / "train.csv")  # which would be waited for
    assert load(folder).class_names == ANIMALS


@pytest.mark.parametrize(
    ("table", "content", "words"),
    [
        ("labels.csv", b"id,breed,age,image\n1,x,2,0.png\n2,y,3,1.png\n", "which column holds their labels"),
        ("labels.csv", "path,label\n0.png,ant\n".encode("utf-16"), "UTF-16"),
        ("train/export.csv", b"image,choice,time\n0.png,ant,1\n1.png,bee,2\n", "which column holds their"),
    ],
)
def test_a_list_that_cannot_be_used_is_told_in_its_folder_s_refusal(
    tmp_path: Path, table: str, content: bytes, words: str
):
    (tmp_path / "set").mkdir()
    path = tmp_path / "set" / table
    for number in range(2):
        save(Image.fromarray(TEST.images[number]), path.parent / f"{number}.png")
    path.write_bytes(content)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", path, words, "has no class folders")


@pytest.mark.parametrize("table", ["metadata.jsonl", "labels.csv"])
def test_a_list_in_the_folder_of_each_split(tmp_path: Path, table: str):
    for split, given in (("train", TRAIN), ("test", TEST)):
        for number, image in enumerate(given.images):
            save(Image.fromarray(image), tmp_path / "set" / split / f"{number}.png")
        lines = [(f"{number}.png", ANIMALS[label]) for number, label in enumerate(given.labels)]
        rows = [json.dumps({"file_name": file, "label": label}) for file, label in lines]
        if table.endswith("csv"):
            rows = ["file,label", *map(",".join, lines)]
        (tmp_path / "set" / split / table).write_text("\n".join(rows))
    data = load(tmp_path / "set")
    assert (data.class_names, data.left_out) == (ANIMALS, ())
    assert data.train.labels.tolist() == TRAIN.labels.tolist()
    assert data.test.labels.tolist() == TEST.labels.tolist()
