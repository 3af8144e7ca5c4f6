"""MATLAB files like SVHN's."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import CATALOG, load
from tests.data.archives import mat, small, svhn
from tests.data.datafiles import TRAIN, assert_refused

ENTRY = CATALOG["svhn"]
PICTURES, OTHERS = small(ENTRY, 3, seed=1), small(ENTRY, 1, seed=2)
X, Y = np.moveaxis(TRAIN.images, 0, -1), TRAIN.labels[:, np.newaxis]


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_the_test_file_beside_the_training_file(tmp_path: Path):
    path = write(tmp_path / "train_32x32.mat", svhn(PICTURES))
    write(tmp_path / "test_32x32.mat", svhn(OTHERS))
    data = load(path)
    for split, given in ((data.train, PICTURES), (data.test, OTHERS)):
        np.testing.assert_array_equal(split.images, given.images)
        np.testing.assert_array_equal(split.labels, given.labels)
    assert data.class_names == tuple("0123456789")
    assert data.about["kind"] == "MATLAB file"


def test_a_single_file_gives_a_fifth_to_test(tmp_path: Path):
    data = load(write(tmp_path / "extra_32x32.mat", svhn(PICTURES)))
    assert (len(data.train), len(data.test)) == (24, 6)


def test_the_label_10_of_another_file_stays(tmp_path: Path):
    assert load(write(tmp_path / "own.mat", svhn(PICTURES))).class_names == tuple(map(str, range(1, 11)))


@pytest.mark.parametrize("labels", [Y.astype(float), Y.T, Y.astype(np.int16)], ids=["double", "a row", "int16"])
def test_grey_images_and_labels_as_matlab_has_them(tmp_path: Path, labels: np.ndarray):
    write(tmp_path / "test.mat", mat(X=X, y=labels))
    data = load(write(tmp_path / "train.mat", mat(X=X, y=labels, other=np.ones(3))))
    np.testing.assert_array_equal(data.train.images[..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.labels, TRAIN.labels)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"X": X}, ("holds X; expected", "labels y")),
        ({"images": X, "y": Y}, ("holds images, y; expected",)),
        ({"X": X / 255, "y": Y}, ("X: pixels of type float64", "uint8")),
        ({"X": X[0], "y": Y}, ("the shape (6, 40)", "(height, width, 3, n)")),
        ({"X": np.array(["text"]), "y": Y}, ("X is of type char",)),
        ({"X": X, "y": Y + 0.5}, ("y does not hold whole numbers",)),
        ({"X": X, "y": Y[:-1]}, ("40 images and 39 labels",)),
        ({"X": X[:, :, np.newaxis].repeat(2, axis=2), "y": Y}, ("shape (40, 6, 6, 2)",)),
    ],
)
def test_arrays_of_another_form(tmp_path: Path, arrays: dict[str, np.ndarray], words: tuple[str, ...]):
    path = write(tmp_path / "set.mat", mat(**arrays))
    assert_refused(lambda: load(path), path, *words)


def test_version_7_3(tmp_path: Path):
    header = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    path = write(tmp_path / "set.mat", header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n")
    assert_refused(lambda: load(path), path, "version 7.3", "-v7")


@pytest.mark.parametrize("content", [b"", b"no mat", bytes(1_000)])
def test_a_file_that_is_none(tmp_path: Path, content: bytes):
    path = write(tmp_path / "set.mat", content)
    assert_refused(lambda: load(path), path, "not a readable .mat file")


def test_a_file_that_ends_too_early(tmp_path: Path):
    content = svhn(OTHERS)
    path = write(tmp_path / "set.mat", content[:2_000])
    assert_refused(lambda: load(path), path, "A truncated file")
    path.write_bytes(content[:-20])
    assert_refused(lambda: load(path), path)


def test_a_damaged_array(tmp_path: Path):
    content = bytearray(svhn(PICTURES))
    content[50_000] ^= 0xFF
    path = write(tmp_path / "set.mat", bytes(content))
    assert_refused(lambda: load(path), path, "not a readable .mat file")


def test_another_file_whose_name_ends_alike_is_not_svhn(tmp_path: Path):
    path = write(tmp_path / "letters_32x32.mat", svhn(PICTURES))
    assert load(path).class_names == tuple(map(str, range(1, 11)))
    assert load(write(tmp_path / "svhn_train_32x32.mat", svhn(PICTURES))).class_names == tuple("0123456789")


@pytest.mark.parametrize("label", [np.inf, np.nan])
def test_labels_without_end(tmp_path: Path, label: float):
    path = write(tmp_path / "set.mat", mat(X=X, y=np.where(np.arange(len(Y))[:, np.newaxis] == 3, label, Y)))
    assert_refused(lambda: load(path), "y does not hold whole numbers")


def test_labels_too_large(tmp_path: Path):
    path = write(tmp_path / "set.mat", mat(X=X, y=Y.astype(np.uint64) + np.uint64(2**63)))
    assert_refused(lambda: load(path), "is too large")
