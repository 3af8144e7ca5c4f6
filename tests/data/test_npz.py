"""NPZ archives: the names that are known, and bad archives refused without running anything in them."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, load
from tests.data.datafiles import TEST, TRAIN, assert_refused

pytestmark = pytest.mark.usefixtures("kept")
KERAS = {"x_train": TRAIN.images, "y_train": TRAIN.labels, "x_test": TEST.images, "y_test": TEST.labels}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "set.npz"


@pytest.mark.parametrize(
    ("images", "labels"),
    [("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"), ("X", "y")],
)
def test_names_of_train(path: Path, images: str, labels: str):
    np.savez_compressed(path, **{images: TRAIN.images, labels: TRAIN.labels})
    data = load(path)
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert "test split" in data.about


def test_medmnist_with_its_validation_split_and_labels_in_a_column(path: Path):
    np.savez(
        path,
        train_images=TRAIN.images,
        train_labels=TRAIN.labels[:, np.newaxis],
        val_images=TEST.images[:6],
        val_labels=TEST.labels[:6, np.newaxis],
        test_images=TEST.images[6:],
        test_labels=TEST.labels[6:, np.newaxis],
    )
    data = load(path)
    np.testing.assert_array_equal(data.train.labels, TRAIN.labels)
    np.testing.assert_array_equal(data.validation.images[:][..., 0], TEST.images[:6])
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images[6:])
    assert data.with_validation(0.5) is data


def test_class_names_in_the_archive(path: Path):
    np.savez(path, **KERAS, class_names=np.array(["ant", "bee", "cat", "dog"]))
    assert load(path).class_names == ("ant", "bee", "cat", "dog")


def test_one_class_name_twice(path: Path):
    np.savez(path, **KERAS, class_names=np.array(["ant", "bee", "ant"]))
    assert_refused(lambda: load(path), "set", "'ant'", "2 classes")


@pytest.mark.parametrize("label", [-1, 3, 2**40])
@pytest.mark.parametrize("names", [("images", "labels"), ("x_train", "y_train")])
def test_a_label_outside_the_class_names(path: Path, names: tuple[str, str], label: int):
    labels = TRAIN.labels.copy()
    labels[4] = label
    arrays = {**(KERAS if names[0] == "x_train" else {}), names[0]: TRAIN.images, names[1]: labels}
    np.savez(path, **arrays, class_names=np.array(["ant", "bee", "cat"]))
    assert_refused(lambda: load(path), path, names[0], f"label {label} of image 4", "3 classes")


class Payload:
    """Pickles as a call that makes a file."""

    def __init__(self, made: Path) -> None:
        self.made = made

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.made,)


def test_pickled_objects_are_refused_and_never_unpickled(path: Path, tmp_path: Path):
    made = tmp_path / "made"
    objects = np.empty(len(TRAIN.labels), dtype=object)
    objects[0] = Payload(made)
    np.savez(path, **(KERAS | {"x_train": objects}))
    with np.load(path, allow_pickle=True) as archive:
        _ = archive["x_train"]
    assert made.exists(), "the payload does not work, so its absence below would prove nothing"
    made.unlink()

    assert_refused(lambda: load(path), path, "'x_train'", "pickled")
    assert not made.exists()


def test_pickled_objects_in_the_test_split(path: Path, tmp_path: Path):
    np.savez(path, **(KERAS | {"y_test": np.array([Payload(tmp_path / "made")])}))
    data = load(path)
    assert_refused(lambda: data.test, path, "'y_test'", "pickled")
    assert not (tmp_path / "made").exists()


def test_a_bare_pickle_under_the_name(path: Path, tmp_path: Path):
    path.write_bytes(pickle.dumps(Payload(tmp_path / "made")))
    assert_refused(lambda: load(path), path, "not an .npz archive")
    assert not (tmp_path / "made").exists()


def array_file() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, TRAIN.images)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"images, labels", array_file()], ids=["empty", "text", "npy"])
def test_not_a_zip(path: Path, data: bytes):
    path.write_bytes(data)
    assert_refused(lambda: load(path), path, "not an .npz archive", "ZIP")


@pytest.mark.parametrize("kept", [2, 100, 1500])
def test_truncated(path: Path, kept: int):
    np.savez(path, **KERAS)
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(lambda: load(path), path, "not an .npz archive")


def test_a_damaged_array(path: Path):
    np.savez(path, **KERAS)
    data = bytearray(path.read_bytes())
    data[data.find(TRAIN.images[7].tobytes())] ^= 1
    path.write_bytes(data)
    assert_refused(lambda: load(path), path, "'x_train'", "damaged")


def test_an_array_that_promises_more_than_memory_holds(path: Path):
    np.savez(path, y_train=TRAIN.labels)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (10**15, 6, 6)})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", header.getvalue())
    assert_refused(lambda: load(path), path, "'x_train'")


def test_no_array_of_a_known_name(path: Path):
    np.savez(path, pixels=TRAIN.images, classes=TRAIN.labels)
    assert_refused(lambda: load(path), path, "pixels, classes", "x_train and y_train", "images and labels")


def test_nothing_in_it(path: Path):
    zipfile.ZipFile(path, "w").close()
    assert_refused(lambda: load(path), path, "holds nothing")


@pytest.mark.parametrize("missing", ["y_train", "y_test"])
def test_images_without_labels(path: Path, missing: str):
    np.savez(path, **{name: array for name, array in KERAS.items() if name != missing})
    assert_refused(lambda: load(path), path, f"no {missing}", f"x_{missing.removeprefix('y_')}")


def test_float_pixels_from_0_to_1(path: Path):
    np.savez(path, **(KERAS | {"x_train": (TRAIN.images / TRAIN.images.max()).astype(np.float32)}))
    assert_refused(lambda: load(path), path, "x_train", "float32", "largest value 1;", "uint8", "(images * 255).astype")


@pytest.mark.parametrize("kind", [np.int64, np.float64])
def test_pixels_up_to_255_of_another_type_are_not_to_be_multiplied(path: Path, kind: type):
    np.savez(path, **(KERAS | {"x_train": np.full(TRAIN.images.shape, 255, kind)}))
    assert_refused(lambda: load(path), path, np.dtype(kind), "largest value 255", "e.g. images.astype('uint8')")


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_stored_and_compressed_and_in_either_order(path: Path, save: Callable[..., None], order: str, kept: str):
    save(path, **(KERAS | {"x_train": np.array(TRAIN.images, order=order)}))
    data = load(path)
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images)
    if order == "C":
        assert isinstance(data.train.images, ImagesOnDisk) == (kept == "on disk")


def test_pixels_behind_something_else_in_one_file(path: Path):
    np.savez(path, **KERAS)
    path.write_bytes(b"PK\3\4" + bytes(1000) + path.read_bytes())
    data = load(path)
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)


def test_one_hot_labels(path: Path):
    np.savez(path, **(KERAS | {"y_train": np.eye(3)[TRAIN.labels]}))
    assert_refused(lambda: load(path), path, "(40, 3)", "one-hot", "argmax")


@pytest.mark.parametrize("labels", [TRAIN.labels + 0.5, TRAIN.labels.astype(str)], ids=["float", "text"])
def test_labels_that_are_no_whole_numbers(path: Path, labels: np.ndarray):
    np.savez(path, **(KERAS | {"y_train": labels}))
    assert_refused(lambda: load(path), path, "labels", labels.dtype, "whole numbers")


@pytest.mark.parametrize("shape", [(40, 36), (40, 6, 6, 2), (40, 3, 6, 6), (40, 0, 6, 1)])
def test_images_of_another_form(path: Path, shape: tuple[int, ...]):
    np.savez(path, **(KERAS | {"x_train": np.zeros(shape, np.uint8)}))
    assert_refused(lambda: load(path), path, "x_train", f"shape {shape}", "(n, height, width")


def test_counts_that_differ(path: Path):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels[1:]}))
    assert_refused(lambda: load(path), path, "40 images", "39 labels")


def test_no_images(path: Path):
    np.savez(path, images=TRAIN.images[:0], labels=TRAIN.labels[:0])
    assert_refused(lambda: load(path), path, "no images")
