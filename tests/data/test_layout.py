"""Where splits and classes are found."""

import os
from pathlib import Path

import pytest
from PIL import Image

from convlet.data import load
from convlet.data.files import left_out_note
from convlet.data.layout import lay_out
from convlet.data.tree import FileTree
from convlet.system.watch import Watch
from tests.data.datafiles import TEST, TRAIN, assert_refused, save, write_class_folders

ANIMALS = ("ant", "bee", "cat")


@pytest.mark.parametrize(
    ("train", "validation", "test"),
    [
        ("train", "val", "test"),
        ("Training", "Validation", "Testing"),
        ("TRAIN", "valid", "Eval"),
        ("train", "dev", "TEST"),
        ("training_set", "validation_set", "test_set"),
        ("seg_train", "seg_val", "seg_test"),
        ("TrainImages", "valid2017", "testdata"),
        ("train", "val", "evaluation"),
    ],
)
def test_splits_by_any_of_their_names(tmp_path: Path, train: str, validation: str, test: str):
    for name, given in ((train, TRAIN), (validation, TEST), (test, TEST)):
        write_class_folders(tmp_path / "set" / name, given, ANIMALS)
    data = load(tmp_path / "set")
    assert [len(one) for one in (data.train, data.validation, data.test)] == [40, 12, 12]
    assert data.test.files[0] == f"{test}/ant/{data.test.files[0].rpartition('/')[2]}"


def test_outer_folders_are_descended_into(tmp_path: Path):
    write_class_folders(tmp_path / "set" / "data" / "v2" / "train" / "train", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "data" / "v2" / "test" / "images", TEST, ANIMALS)
    (tmp_path / "set" / "__MACOSX" / "data").mkdir(parents=True)
    data = load(tmp_path / "set")
    assert (data.name, data.class_names) == ("set", ANIMALS)
    assert (len(data.train), len(data.test)) == (40, 12)


def test_classes_with_images_only_deep_down(tmp_path: Path):
    for name in ANIMALS:
        write_class_folders(tmp_path / "set" / name / "a" / "b", TEST, ("x", "y", "z"))
    data = load(tmp_path / "set")
    assert data.class_names == ANIMALS
    assert len(data.train) + len(data.test) == 36


def test_one_class_in_a_test_folder_is_that_class_however_deep(tmp_path: Path):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "test" / "bee", TEST, ("young", "old", "old"))
    assert load(tmp_path / "set").test.labels.tolist() == [1] * 12


def test_train_may_be_a_class(tmp_path: Path):
    write_class_folders(tmp_path / "set", TRAIN, ("train", "car", "eval"))
    data = load(tmp_path / "set")
    assert data.class_names == ("car", "eval", "train")


def test_no_train(tmp_path: Path):
    for name in ("val", "Test"):
        write_class_folders(tmp_path / "set" / name, TEST, ANIMALS)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "val", "Test", "no train", "Name the folder")


def test_two_folders_of_one_split(tmp_path: Path):
    for name in ("train", "val", "dev"):
        write_class_folders(tmp_path / "set" / name, TEST, ANIMALS)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "validation", "dev and val", "Move the images")


def test_folders_beside_train_that_are_no_split_are_named(tmp_path: Path):
    for name in ("train", "test", "extra"):
        write_class_folders(tmp_path / "set" / name, TEST, ANIMALS)
    assert [one.file for one in lay_out(FileTree(tmp_path / "set")).left_out] == ["extra/"]
    assert [one.file for one in load(tmp_path / "set").left_out] == ["extra/"]


@pytest.mark.parametrize("inside", ["Test/", ""])
def test_a_list_gives_the_answers_of_a_flat_test_folder(tmp_path: Path, inside: str):
    """As GTSRB has them: Train/0/1.png, Test/1.png and Test.csv."""
    write_class_folders(tmp_path / "set" / "Train", TRAIN, ("0", "1", "2"))
    for number, image in enumerate(TEST.images):
        save(Image.fromarray(image), tmp_path / "set" / "Test" / f"{number}.png")
    rows = [f"30,{label},{inside}{number}.png" for number, label in enumerate(TEST.labels)]
    (tmp_path / "set" / "Test.csv").write_text("\n".join(["Width,ClassId,Path", *rows[1:]]))
    data = load(tmp_path / "set")
    assert (len(data.train), data.test.labels.tolist()) == (40, TEST.labels[1:].tolist())
    assert [one.file for one in data.left_out] == ["Test/0.png"]
    (tmp_path / "set" / "Test.csv").write_text(f"Path,ClassId\n{data.train.files[0]},0\n")
    assert "names files that are not in" in load(tmp_path / "set").left_out[0].reason
    (tmp_path / "set" / "Test.csv").write_text("\n".join(["Width,ClassId,Path", *rows[1:]]).replace(",0,", ",9,"))
    data = load(tmp_path / "set")
    assert len(data.train) + len(data.test) == 40
    assert data.left_out[0].file == "Test.csv"
    assert "the class '9' is not one of train's" in data.left_out[0].reason
    assert [(one.file, one.files) for one in data.left_out[1:]] == [("Test/", 12)]


def test_files_beside_splits_classes_and_outer_folders_are_named_once(tmp_path: Path):
    for name in ("train", "test", "extra"):
        write_class_folders(tmp_path / "set" / "data" / name, TEST, ANIMALS)
    for folder in ("", "__MACOSX", "data", "data/train", "data/test", "data/extra", "data/train/ant"):
        (tmp_path / "set" / folder).mkdir(exist_ok=True)
        for name in ("a.svg", "b.mp4", "Thumbs.db", ".DS_Store", "desktop.ini"):
            (tmp_path / "set" / folder / name).touch()
    data = load(tmp_path / "set")
    folders = ("data/", "data/train/", "data/train/ant/", "")
    assert sorted(one.file for one in data.left_out) == sorted(
        ["data/extra/", *(folder + name for folder in folders for name in ("a.svg", "b.mp4"))]
    )
    assert [one.file for one in data.test.left_out] == ["data/test/a.svg", "data/test/b.mp4"]
    assert next(one for one in data.left_out if one.file == "data/extra/").files == 14


def test_a_word_of_a_class_is_no_split(tmp_path: Path):
    names = ("test_tube", "train_station", "valid-ticket")
    write_class_folders(tmp_path / "set", TRAIN, names)
    assert load(tmp_path / "set").class_names == names


def test_folders_that_may_be_no_classes_are_doubted(tmp_path: Path):
    for name in ("monday", "tuesday"):
        write_class_folders(tmp_path / "set" / name, TRAIN, ANIMALS)
    notes: list[str] = []
    assert load(tmp_path / "set", watch=Watch(on_note=notes.append)).class_names == ("monday", "tuesday")
    assert "monday, tuesday are taken as classes, and each has the folders ant, bee, cat in it" in notes[0]
    (tmp_path / "set" / "tuesday").rename(tmp_path / "elsewhere")
    (tmp_path / "set" / "notes").mkdir()
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "monday", "it has the folders ant, bee, cat")


def test_the_same_folders_beside_the_images_are_not_doubted(tmp_path: Path):
    write_class_folders(tmp_path / "set", TRAIN, ANIMALS)
    for name in ANIMALS:
        for beside in ("annotations", "boxes", "notes"):
            (tmp_path / "set" / beside / name).mkdir(parents=True)
    notes: list[str] = []
    assert load(tmp_path / "set", watch=Watch(on_note=notes.append)).class_names == ANIMALS
    assert not any("taken as classes" in note for note in notes)


def test_a_folder_that_is_left_out_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    for number in range(3):
        write_class_folders(tmp_path / "set" / "unlabeled" / f"part {number}", TEST, ("a", "b", "c"))
    listed, scandir = [], os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: listed.append(str(path)) or scandir(path))
    (one,) = load(tmp_path / "set").left_out
    assert (one.file, one.files) == ("unlabeled/", 36)
    assert sum(path.endswith("part 0") for path in listed) <= 2  # for classes, then for the count


@pytest.mark.parametrize("names", [("train", "test1"), ("train", "test_images"), ("train_images", "test_images")])
def test_flat_splits_are_no_classes(tmp_path: Path, names: tuple[str, str]):
    for name, given in zip(names, (TRAIN, TEST), strict=True):
        write_class_folders(tmp_path / "set", given, [name] * 3)
    assert_refused(lambda: load(tmp_path / "set"), names[0], "no class folders", "40 images", "labels.csv")


@pytest.mark.parametrize(
    ("train", "test"),
    [("train_set", "test_set"), ("asl_train/asl_train", "asl_test/asl_test"), ("train", "test/test")],
)
def test_a_test_folder_without_classes_is_left_out(tmp_path: Path, train: str, test: str):
    write_class_folders(tmp_path / "set" / train, TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set", TEST, [test] * 3)
    data = load(tmp_path / "set")
    assert (data.class_names, len(data.train) + len(data.test)) == (ANIMALS, 40)
    assert [(one.file, one.files) for one in data.left_out] == [(f"{test.partition('/')[0]}/", 12)]
    assert left_out_note(data.left_out).startswith(f"12 files not read: {data.left_out[0].file} (12 files). ")
