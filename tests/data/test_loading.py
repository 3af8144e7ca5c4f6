"""`load`: from a name or a path to the right reader, and the order in which places are searched."""

import os
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.data import CATALOG, load, local_folder
from convlet.data.files import LeftOut
from convlet.data.kinds import KINDS, READABLE, SETS
from convlet.system.watch import Watch
from tests.data.archives import cifar_files, small
from tests.data.datafiles import (
    IDX_NAMES,
    TEST,
    TRAIN,
    Pictures,
    assert_refused,
    csv,
    pictures,
    write_class_folders,
    write_idx_folder,
)


@pytest.fixture(autouse=True)
def no_data_folder(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CONVLET_DATA", raising=False)


def test_the_package_offers_it():
    assert convlet.load is load


@pytest.mark.parametrize("name", ["mnits", "MNIST", "folder/that/is/not.npz"])
def test_an_unknown_name_lists_the_catalogue(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(lambda: load(name), repr(name), "mnist, digits, fashion-mnist", "convlet data list")


@pytest.mark.parametrize(
    ("name", "near"), [("mnits", "mnist"), ("CIFAR10", "cifar-10"), ("emnist-leters", "emnist-letters")]
)
def test_an_unknown_name_is_told_the_nearest(name: str, near: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert_refused(lambda: load(name), f"Did you mean {near}?")


@pytest.mark.parametrize("name", ["long" * 200, "~nobody-of-this-name/set"])
def test_a_path_that_cannot_even_be_looked_at(name: str):
    assert_refused(lambda: load(name), name, "cannot read")


@pytest.mark.parametrize("name", ["set.txt", "set.orc", "set"])
def test_a_file_of_another_form(tmp_path: Path, name: str):
    (tmp_path / name).write_text("label")
    assert_refused(lambda: load(tmp_path / name), tmp_path / name, "not in a format", ".npz", ".csv", "IDX")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("a.pkl.gz", "Pickles can run code"),
        ("data_batch_1", "convlet train cifar-10"),
        ("a.csv.gz", "Unpack it"),
        ("a.xlsx", "CSV UTF-8"),
        ("a.json", ".jsonl"),
        ("a.h5", "numpy.savez"),
        ("data_batch_1.bin", "Give the folder"),
        ("cat.png", "convlet predict MODEL cat.png"),
    ],
)
def test_a_file_of_another_form_is_told_how_to_go_on(tmp_path: Path, name: str, advice: str):
    (tmp_path / name).write_bytes(b"content")
    assert_refused(lambda: load(tmp_path / name), tmp_path / name, "not in a format", advice)


@pytest.mark.parametrize("outer", ["set", "set/MNIST/raw"])
def test_any_form_may_lie_in_outer_folders(tmp_path: Path, outer: str):
    write_idx_folder(tmp_path / outer / "files")
    (tmp_path / "set" / "__MACOSX").mkdir()
    notes: list[str] = []
    data = load(tmp_path / "set", watch=Watch(on_note=notes.append))
    assert (len(data.train), len(data.test)) == (40, 12)
    assert str(tmp_path / outer / "files") in notes[0]


def test_errors_and_help_name_every_kind_and_lead_to_every_set():
    from typer.testing import CliRunner

    from convlet.cli.commands import app

    help_ = " ".join(CliRunner().invoke(app, ["train", "--help"], env={"COLUMNS": "2000"}).output.split())
    for words in (*KINDS.values(), *SETS[:3], "convlet data list"):
        assert words in READABLE
        assert words in help_
    assert tuple(CATALOG) == SETS


def test_one_watch_is_told_of_reading_and_so_are_the_functions_of_old(tmp_path: Path):
    folder = write_class_folders(tmp_path / "set", TRAIN, "abc")
    watched, told = [], []
    watch = convlet.Watch(on_progress=lambda *call: watched.append(call))
    load(
        folder, watch=watch, reading=lambda *call: told.append(call), progress=lambda *call: pytest.fail("no download")
    )
    assert watched[-1] == (f"reading {folder}", 40, 40, "")
    assert told[-1] == (str(folder), 40, 40)


def test_suffixes_in_capitals(tmp_path: Path):
    (tmp_path / "SET.CSV").write_text(csv(TRAIN))
    assert load(tmp_path / "SET.CSV").about["kind"] == "CSV"


def test_a_relative_path_is_kept_as_an_absolute_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    np.savez(tmp_path / "set.npz", images=TRAIN.images, labels=TRAIN.labels)
    monkeypatch.chdir(tmp_path)
    data = load("set.npz")
    assert (data.name, data.source, data.data_dir) == ("set", str(tmp_path / "set.npz"), None)


def test_the_home_folder_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "set.csv").write_text(csv(TRAIN))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load("~/set.csv").source == str(tmp_path / "set.csv")


def test_a_folder_with_any_idx_file_is_read_as_idx(tmp_path: Path):
    folder = write_class_folders(tmp_path / "set", TRAIN, "abc")
    (folder / IDX_NAMES[0]).write_bytes(b"")
    assert_refused(lambda: load(folder), "no file train-labels", "An IDX data set")


def test_a_name_wins_over_a_path_and_a_dot_over_the_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_class_folders(tmp_path / "digits", TRAIN, "abc")
    monkeypatch.chdir(tmp_path)
    assert load("digits").image_shape == (8, 8, 1)
    assert load("./digits").class_names == ("a", "b", "c")


def test_the_data_folder_that_was_named(tmp_path: Path):
    write_idx_folder(tmp_path / "mnist", compress=True)
    data = load("mnist", tmp_path)
    assert data.data_dir == str(tmp_path)
    assert data.source == "mnist"
    assert data.class_names == CATALOG["mnist"].class_names
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    assert data.about["folder"] == str(tmp_path / "mnist")


def test_the_data_folder_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_idx_folder(tmp_path / "mnist")
    monkeypatch.setenv("CONVLET_DATA", str(tmp_path))
    data = load("mnist")
    np.testing.assert_array_equal(data.test.images[..., 0], TEST.images)
    assert data.data_dir == str(tmp_path)


def test_the_named_data_folder_wins_over_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    other = pictures((3, 3), seed=8)
    write_idx_folder(tmp_path / "environment" / "mnist")
    write_idx_folder(tmp_path / "named" / "mnist", other)
    monkeypatch.setenv("CONVLET_DATA", str(tmp_path / "environment"))
    np.testing.assert_array_equal(load("mnist", tmp_path / "named").train.labels, other.labels)


def test_a_named_data_folder_that_is_none(tmp_path: Path):
    assert_refused(lambda: load("mnist", tmp_path / "nowhere"), tmp_path / "nowhere", "data_dir=")


def test_a_set_of_which_a_part_lies_there(tmp_path: Path):
    folder = write_idx_folder(tmp_path / "mnist")
    (folder / IDX_NAMES[1]).unlink()
    assert_refused(lambda: load("mnist", tmp_path), folder, IDX_NAMES[1])


def test_local_folder(tmp_path: Path):
    assert local_folder(CATALOG["mnist"], None) is None
    assert local_folder(CATALOG["mnist"], tmp_path) is None
    folder = write_idx_folder(tmp_path / "mnist", Pictures(*TRAIN))
    assert local_folder(CATALOG["mnist"], tmp_path) == folder


def test_a_set_in_the_folder_that_torchvision_makes(tmp_path: Path):
    folder = write_idx_folder(tmp_path / "FashionMNIST" / "raw")
    data = load("fashion-mnist", tmp_path)
    assert (data.about["folder"], data.data_dir) == (str(folder), str(tmp_path))


def test_files_of_names_that_one_set_alone_has_may_lie_in_the_data_folder_itself(tmp_path: Path):
    train = small(CATALOG["cifar-10"], 2, seed=1)
    for path, content in cifar_files("cifar-10", train, train).items():
        (tmp_path / Path(path).name).write_bytes(content)
    data = load("cifar-10", tmp_path)
    assert (len(data.train), data.data_dir) == (20, str(tmp_path))
    write_idx_folder(tmp_path)  # which may be those of three sets
    assert local_folder(CATALOG["mnist"], tmp_path) is None


def test_a_folder_is_not_listed_to_find_one_within(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    seen: list[str] = []
    monkeypatch.setattr("convlet.data.loading.passed_over", lambda name: seen.append(name) or name.startswith("."))
    write_class_folders(tmp_path / "set", TRAIN, [f"class {number}" for number in range(3)])
    load(tmp_path / "set")
    assert len(seen) == 2
    seen.clear()
    load(write_idx_folder(tmp_path / "idx"))
    assert seen == []


STRAYS = ["features.npz", "images.npy", "backup.tar", "metadata.parquet"]


def stray_file(folder: Path, name: str) -> None:
    if name == "features.npz":
        np.savez(folder / name, x=np.zeros((6, 8, 8), np.uint8), y=np.arange(6) % 2)
    elif name.endswith(".npy"):
        np.save(folder / name, np.arange(384, dtype=np.uint8).reshape(6, 8, 8) % 200)
        np.save(folder / name.replace("images", "labels").replace("x_", "y_"), np.arange(6) % 2)
    else:
        (folder / name).write_bytes(b"anything")


@pytest.mark.parametrize("stray", STRAYS)
def test_splits_of_class_folders_win_over_other_files_beside_them_which_are_named(tmp_path: Path, stray: str):
    for split, given in (("train", TRAIN), ("test", TEST)):
        folder = write_class_folders(tmp_path / "set" / split, given, "abc").parent
    stray_file(folder, stray)
    data = load(folder)
    assert data.class_names == tuple("abc")
    assert len(data.train) == len(TRAIN.labels)
    assert LeftOut(stray, "the class folders next to it are read") in data.left_out


@pytest.mark.parametrize("stray", ["images.npy", "metadata.parquet"])
def test_class_folders_beside_other_data_are_refused(tmp_path: Path, stray: str):
    folder = write_class_folders(tmp_path / "set", TRAIN, "abc")
    stray_file(folder, stray)
    assert_refused(lambda: load(folder), "holds class folders (a, b, c)", stray, "it is ambiguous which one to use")


@pytest.mark.parametrize("stray", ["features.npz", "backup.tar"])
def test_class_folders_beside_a_file_that_is_no_data_set_for_a_folder(tmp_path: Path, stray: str):
    folder = write_class_folders(tmp_path / "set", TRAIN, "abc")
    stray_file(folder, stray)
    data = load(folder)
    assert data.class_names == tuple("abc")
    assert LeftOut(stray, "the class folders next to it are read") in data.left_out


def test_files_that_are_named_as_splits_win_over_folders_of_figures(tmp_path: Path):
    folder = write_class_folders(tmp_path / "set", TEST, ("plots", "samples", "more"))
    stray_file(folder, "x_train.npy")
    assert load(folder).class_names == ("0", "1")


@pytest.mark.parametrize("inside", ["train", "default/train"])
def test_folders_of_shards_named_as_splits_win_over_folders_of_figures(tmp_path: Path, inside: str):
    folder = write_class_folders(tmp_path / "set", TEST, ("plots", "samples", "more"))
    (folder / inside).mkdir(parents=True)
    (folder / inside / "0000.parquet").write_bytes(b"none")
    assert_refused(lambda: load(folder), "0000.parquet is not a readable Parquet file")


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        (("Cat", "cat", "dog"), "'Cat' and 'cat'"),
        (("1", "01", "2"), "'01' and '1'"),
        (("1.0", "2.0", "1"), "'1' and '1.0'"),
        (("A", "a", "b"), ""),
        (("1", "10", "100"), ""),
        (("v1", "v01", "v10"), ""),
    ],
    ids=str,
)
def test_classes_that_are_one_but_for_how_they_are_written(tmp_path: Path, classes: tuple[str, ...], told: str):
    notes: list[str] = []
    write_class_folders(tmp_path / "set", TRAIN, classes)
    load(tmp_path / "set", watch=Watch(on_note=notes.append))
    assert [f"{told} differ only in case, spaces or zeros" in note for note in notes] == [True] * bool(told)


@pytest.mark.parametrize("name", ["set.npz", "set.zip", "set.csv"])
def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str):
    (tmp_path / name).write_bytes(b"")
    monkeypatch.setattr(os, "access", lambda *_: False)  # root may read any
    assert_refused(lambda: load(tmp_path / name), name, "permission denied")
