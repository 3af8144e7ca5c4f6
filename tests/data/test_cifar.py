"""CIFAR's binary files: in their archive, unpacked, and a user's folders in the same format."""

from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from convlet.data import CATALOG, load
from tests.data.archives import cifar_files, records, small, tar_gz
from tests.data.datafiles import Pictures, assert_refused

TEN, HUNDRED = CATALOG["cifar-10"], CATALOG["cifar-100"]
TRAIN, TEST = small(TEN, 3, seed=1), small(TEN, 1, seed=2)
FILES = cifar_files("cifar-10", TRAIN, TEST)


def write(folder: Path, files: dict[str, bytes] = FILES, *, flat: bool = True) -> Path:
    for name, content in files.items():
        path = folder / (PurePosixPath(name).name if flat else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def pack(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True)
    (folder / TEN.archives[0].name).write_bytes(tar_gz(files))
    return folder


def assert_is(pictures: Pictures, split: object):
    np.testing.assert_array_equal(split.images, pictures.images)
    np.testing.assert_array_equal(split.labels, pictures.labels)


@pytest.mark.parametrize("flat", [True, False], ids=["files", "the folder in the archive"])
def test_unpacked_files_of_the_named_set(tmp_path: Path, flat: bool):
    write(tmp_path / "cifar-10", flat=flat)
    data = load("cifar-10", tmp_path)
    assert_is(TRAIN, data.train)
    assert_is(TEST, data.test)


@pytest.mark.parametrize("name", ["cifar-10", "cifar-100"])
def test_a_folder_of_ones_own(tmp_path: Path, name: str):
    parts = small(CATALOG[name], 2, seed=3), small(CATALOG[name], 1, seed=4)
    data = load(write(tmp_path / "own", cifar_files(name, *parts)))
    assert_is(parts[0], data.train)
    assert_is(parts[1], data.test)
    assert (data.name, data.class_names) == ("own", CATALOG[name].class_names)
    assert data.about["kind"] == "CIFAR's binary files"


def test_a_folder_without_names_and_test_has_numbers_and_a_test_split_cut_off(tmp_path: Path):
    data = load(write(tmp_path / "own", {"data_batch_1.bin": records(TRAIN)}))
    assert data.class_names == tuple("0123456789")
    assert (len(data.train), len(data.test)) == (24, 6)


@pytest.mark.parametrize("where", ["archive", "folder"])
def test_a_truncated_record(tmp_path: Path, where: str):
    name = "cifar-10-batches-bin/data_batch_2.bin"
    files = FILES | {name: FILES[name][:-1]}
    folder = (pack if where == "archive" else write)(tmp_path / "cifar-10", files)
    place = folder / TEN.archives[0].name if where == "archive" else folder
    size = len(files[name])
    assert_refused(lambda: load("cifar-10", tmp_path), f"{place}: data_batch_2.bin", f"{size:,} bytes", "3,073")


def test_records_of_another_size(tmp_path: Path):
    files = {"train.bin": records(TRAIN), "test.bin": records(TEST)}  # CIFAR-10's in CIFAR-100's names
    assert_refused(lambda: load(write(tmp_path / "own", files)), "train.bin", "records of 3,074 bytes (2 of labels")


@pytest.mark.parametrize("where", ["archive", "folder"])
def test_a_missing_file(tmp_path: Path, where: str):
    files = {name: content for name, content in FILES.items() if "batch_3" not in name}
    (pack if where == "archive" else write)(tmp_path / "cifar-10", files)
    assert_refused(lambda: load("cifar-10", tmp_path), tmp_path / "cifar-10", "no file data_batch_3.bin", "for train")


def test_the_test_split_is_opened_only_when_asked_for(tmp_path: Path):
    pack(tmp_path / "cifar-10", {name: content for name, content in FILES.items() if "test" not in name})
    data = load("cifar-10", tmp_path)
    assert_is(TRAIN, data.train)
    assert_refused(lambda: data.test, "no file test_batch.bin", "for test")


def test_a_label_outside_the_classes(tmp_path: Path):
    write(tmp_path / "cifar-10", FILES | {"data_batch_1.bin": records(Pictures(TRAIN.images, TRAIN.labels + 5))})
    assert_refused(lambda: load("cifar-10", tmp_path), "train: label", "outside the 10 classes")


def test_no_images(tmp_path: Path):
    assert_refused(lambda: load(write(tmp_path / "own", {"data_batch_1.bin": b""})), tmp_path / "own", "no images")


def test_class_names_that_are_no_text(tmp_path: Path):
    folder = write(tmp_path / "own", FILES | {"batches.meta.txt": b"\xff\xfe"})
    assert_refused(lambda: load(folder), folder / "batches.meta.txt", "name of a class on every line")
