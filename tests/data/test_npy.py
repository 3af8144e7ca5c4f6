"""Files of NumPy arrays: which belong together, and those that are refused."""

from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, load
from tests.data.datafiles import TEST, TRAIN, assert_refused

pytestmark = pytest.mark.usefixtures("kept")


def save(folder: Path, **arrays: np.ndarray) -> Path:
    folder.mkdir(exist_ok=True)
    for name, array in arrays.items():
        np.save(folder / f"{name}.npy", array)
    return folder


@pytest.mark.parametrize("names", [("x", "y"), ("X_train", "y_train"), ("images", "labels"), ("pets_x", "pets_y")])
def test_a_pair_by_its_folder_or_by_a_file(tmp_path: Path, names: tuple[str, str]):
    folder = save(tmp_path / "set", **dict(zip(names, TRAIN, strict=True)))
    data, same = load(folder), load(folder / f"{names[0]}.npy")
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert data.train.sha256 == same.train.sha256
    assert (data.name, same.name) == ("set", names[0])


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_train_and_test(tmp_path: Path, kind: type, kept: str):
    folder = save(
        tmp_path / "set",
        X_train=TRAIN.images.astype(kind),
        y_train=TRAIN.labels,
        X_test=TEST.images.astype(kind),
        y_test=TEST.labels,
        class_names=np.array(["ant", "bee", "cat"]),
    )
    data = load(folder)
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images)
    assert data.class_names == ("ant", "bee", "cat")
    assert isinstance(data.train.images, ImagesOnDisk) == (kept == "on disk")


def test_a_file_without_its_labels(tmp_path: Path):
    folder = save(tmp_path / "set", x_train=TRAIN.images)
    assert_refused(lambda: load(folder / "x_train.npy"), folder, "holds x_train but no y_train")


def test_images_without_labels_in_a_folder(tmp_path: Path):
    folder = save(tmp_path / "set", x_train=TRAIN.images)
    assert_refused(lambda: load(folder), folder, "y_train.npy with their labels is missing")


def test_objects_are_never_unpickled(tmp_path: Path):
    folder = save(tmp_path / "set", x=TRAIN.images, y=np.array([{}] * 40, object))
    assert_refused(lambda: load(folder), folder / "y.npy", "pickled", "labels.astype(str)")


def test_truncated(tmp_path: Path):
    path = save(tmp_path / "set", x=TRAIN.images, y=TRAIN.labels) / "x.npy"
    path.write_bytes(path.read_bytes()[:-10])
    assert_refused(lambda: load(path), path, "damaged")
