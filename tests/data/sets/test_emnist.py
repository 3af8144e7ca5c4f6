"""EMNIST, beyond what every named set promises: images upright, letters from A, files unpacked."""

import gzip
import zipfile
from pathlib import Path, PurePosixPath

import numpy as np
import pytest

from convlet.data import CATALOG, load
from tests.data.archives import emnist, small
from tests.data.datafiles import Pictures, assert_refused

ENTRY = CATALOG["emnist-letters"]
TRAIN, TEST = small(ENTRY, 2, seed=1), small(ENTRY, 1, seed=2)


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    (tmp_path / ENTRY.name).mkdir()
    path = tmp_path / ENTRY.name / "gzip.zip"
    path.write_bytes(emnist(ENTRY, TRAIN, TEST))
    return path


def unpack(archive: Path, *, flat: bool, raw: bool) -> None:
    with zipfile.ZipFile(archive) as members:
        for name in members.namelist():
            path = archive.parent / (PurePosixPath(name).name if flat else name)
            path.parent.mkdir(exist_ok=True)
            content = members.read(name)
            if raw and name.endswith(".gz"):
                path, content = path.with_suffix(""), gzip.decompress(content)
            path.write_bytes(content)
    archive.unlink()


def test_letters_are_upright_and_begin_with_a(archive: Path):
    pictures = Pictures(TRAIN.images.copy(), np.zeros_like(TRAIN.labels))
    pictures.images[:] = 0
    pictures.images[:, 3, :] = 255  # a horizontal line
    pictures.images[1:, 9, 9] = 255  # images all alike are refused
    archive.write_bytes(emnist(ENTRY, pictures, TEST))
    data = load(ENTRY.name, archive.parents[1])
    assert data.train.images[0, 3, :, 0].tolist() == [255] * 28
    assert data.class_names[data.train.labels[0]] == "A"


@pytest.mark.parametrize("raw", [False, True], ids=["gzip", "raw"])
@pytest.mark.parametrize("flat", [False, True], ids=["in gzip/", "flat"])
def test_unpacked(archive: Path, flat: bool, raw: bool):
    packed = load(ENTRY.name, archive.parents[1])
    before = packed.train.sha256, packed.test.sha256
    unpack(archive, flat=flat, raw=raw)
    data = load(ENTRY.name, archive.parents[1])
    assert (data.train.sha256, data.test.sha256) == before


def test_a_missing_file(archive: Path):
    unpack(archive, flat=True, raw=False)
    next(archive.parent.glob("*train-labels*")).unlink()
    assert_refused(
        lambda: load(ENTRY.name, archive.parents[1]), archive.parent, "no file emnist-letters-train-labels-idx1-ubyte"
    )


def test_a_label_0_in_letters(archive: Path):
    archive.write_bytes(emnist(ENTRY, TRAIN, TEST, first=0))
    assert_refused(lambda: load(ENTRY.name, archive.parents[1]), archive, "label 0", "1 (A) to 26 (Z)")


def test_a_damaged_member(archive: Path):
    content = bytearray(archive.read_bytes())
    content[2_000] ^= 0xFF
    archive.write_bytes(content)
    assert_refused(lambda: load(ENTRY.name, archive.parents[1]), archive, "damaged")


def test_something_else_in_its_place(archive: Path):
    archive.write_bytes(b"<html>")
    assert_refused(lambda: load(ENTRY.name, archive.parents[1]), archive, "damaged", "not a zip file")
