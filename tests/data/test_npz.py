"""NPZ archives: the names that are known, and bad archives refused without running anything in them."""

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, load
from convlet.reading.decode import decode
from convlet.system.watch import Watch
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


def test_test_images_without_labels_are_left_out(path: Path):
    np.savez(path, **{name: array for name, array in KERAS.items() if name != "y_test"})
    data = load(path)
    assert len(data.train) + len(data.test) == len(KERAS["y_train"])
    ((file, reason, _),) = data.left_out
    assert (file, "a fifth of train is held out" in reason) == (f"{path.name}: x_test", True)


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
    assert_refused(lambda: load(path), path, "not a readable .npz archive")
    assert not (tmp_path / "made").exists()


def array_file() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, TRAIN.images)
    return buffer.getvalue()


@pytest.mark.parametrize("data", [b"", b"images, labels", array_file()], ids=["empty", "text", "npy"])
def test_not_a_zip(path: Path, data: bytes):
    path.write_bytes(data)
    assert_refused(lambda: load(path), path, "not a readable .npz archive", "ZIP")


@pytest.mark.parametrize("kept", [2, 100, 1500])
def test_truncated(path: Path, kept: int):
    np.savez(path, **KERAS)
    path.write_bytes(path.read_bytes()[:kept])
    assert_refused(lambda: load(path), path, "not a readable .npz archive")


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
    np.savez(path, first=TRAIN.images, second=TRAIN.labels)
    assert_refused(lambda: load(path), path, "first, second", "x_train and y_train", "images and labels")


def test_nothing_in_it(path: Path):
    zipfile.ZipFile(path, "w").close()
    assert_refused(lambda: load(path), path, "holds nothing")


def test_images_without_labels(path: Path):
    np.savez(path, **{name: array for name, array in KERAS.items() if name != "y_train"})
    assert_refused(lambda: load(path), path, "no y_train", "x_train")


@pytest.mark.parametrize("kind", [np.float32, np.float64, np.float16])
def test_float_pixels_from_0_to_1(path: Path, kind: type):
    notes: list[str] = []
    scaled = {name: (KERAS[name] / 255).astype(kind) for name in ("x_train", "x_test")}
    np.savez(path, **(KERAS | scaled))
    data = load(path, watch=Watch(on_note=notes.append))
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images)
    assert [note for note in notes if "0 to 1 and are stretched" in note] == notes
    assert len(notes) == 1


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.uint16])
def test_pixels_up_to_255_of_another_type(path: Path, kind: type):
    np.savez(path, **(KERAS | {"x_train": TRAIN.images.astype(kind), "x_test": TEST.images.astype(kind)}))
    data = load(path, watch=Watch(on_note=pytest.fail))
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images)


@pytest.mark.parametrize(("white", "kind"), [(1, np.uint8), (1, bool), (1, np.int32), (16, np.uint8), (16, float)])
def test_pixels_of_a_few_levels_are_stretched_and_it_is_said(path: Path, white: int, kind: type):
    notes: list[str] = []
    levels = {name: np.rint(KERAS[name] * (white / 255)).astype(kind) for name in ("x_train", "x_test")}
    np.savez_compressed(path, **(KERAS | levels))
    data = load(path, watch=Watch(on_note=notes.append))
    for part, given in ((data.train, levels["x_train"]), (data.test, levels["x_test"])):
        np.testing.assert_array_equal(part.images[:][..., 0], np.rint(given.astype(float) * 255 / white))
    assert data.train.value_range == (0, 255)
    assert data.white == white
    assert len(notes) == 1
    assert f"0 to {white} and are stretched" in notes[0]


def test_test_pixels_beyond_those_of_train(path: Path):
    np.savez(path, **(KERAS | {"x_train": TRAIN.images // 128}))
    data = load(path)
    assert_refused(lambda: data.test, path, "x_test", "0 to 1, as in train")


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (TRAIN.images / 127.5 - 1, ("from -1 to 1", "(images + 1) / 2")),
        (TRAIN.images / 100, ("from 0 to 2.5", "not whole numbers", "0 to 1, or 0 to 255")),
        (np.where(TRAIN.images > 200, np.nan, TRAIN.images), ("not finite numbers",)),
        (TRAIN.images.astype(np.int64) * 1000, ("int64", "at most 65535")),
        (TRAIN.images.astype(str), ("<U", "expected numbers")),
    ],
    ids=["-1 to 1", "0 to 2.5", "NaN", "too large", "text"],
)
def test_pixels_that_are_not_clear(path: Path, pixels: np.ndarray, words: tuple[str, ...]):
    np.savez(path, **(KERAS | {"x_train": pixels}))
    assert_refused(lambda: load(path), path, "x_train", *words)


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_first(path: Path, channels: int):
    notes: list[str] = []
    first = {name: np.repeat(KERAS[name][:, np.newaxis], channels, axis=1) for name in ("x_train", "x_test")}
    first["x_train"][:, 0] //= 2
    np.savez(path, **(KERAS | first))
    data = load(path, watch=Watch(on_note=notes.append))
    assert data.image_shape == (6, 6, channels)
    np.testing.assert_array_equal(data.train.images[:], np.moveaxis(first["x_train"], 1, -1))
    assert len(data.test) == len(TEST.labels)
    assert len(notes) == 1
    assert "channels come first" in notes[0]


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("first", [False, True])
def test_a_fourth_channel_is_transparency_as_in_files(path: Path, kind: type, first: bool):
    pixels = np.random.default_rng(1).integers(0, 256, (40, 6, 5, 4), np.uint8)
    pixels[:20, ..., 3] //= 2
    given = pixels if kind == np.uint8 else (pixels / 255).astype(kind)
    np.savez(path, images=np.moveaxis(given, -1, 1) if first else given, labels=TRAIN.labels)
    seen = [np.asarray(decode(one)[0]) for one in pixels]
    notes: list[str] = []
    images = load(path, watch=Watch(on_note=notes.append)).train.images
    assert any("the fourth channel is read as transparency" in note for note in notes)
    assert images.shape[1:] == (6, 5, 3)
    assert {image.tobytes() for image in images[:]} <= {image.tobytes() for image in seen}


def test_flat_rows_of_square_images(path: Path):
    images = np.random.default_rng(0).integers(0, 256, (40, 8, 8), np.uint8)
    np.savez(path, data=images.reshape(40, 64), target=TRAIN.labels)
    data = load(path)
    assert data.image_shape == (8, 8, 1)
    assert {image.tobytes() for image in data.train.images[:]} <= {image.tobytes() for image in images}


@pytest.mark.parametrize(
    "names",
    [
        ("X_train", "y_train", "X_test", "y_test"),
        ("X_train", "Y_train", "X_test", "Y_test"),
        ("trainX", "trainY", "testX", "testY"),
        ("train_x", "train_y", "test_x", "test_y"),
        ("train_data", "train_labels", "test_data", "test_labels"),
        ("training images", "training labels", "testing images", "testing labels"),
        ("xtrain", "ytrain", "xtest", "ytest"),
        ("train_set_x", "train_set_y", "test_set_x", "test_set_y"),
    ],
    ids=" ".join,
)
def test_names_of_train_and_test(path: Path, names: tuple[str, ...]):
    np.savez(path, **dict(zip(names, KERAS.values(), strict=True)), label_names=np.array(["other", "things"]))
    data = load(path)
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)


def test_arrays_saved_without_names(path: Path):
    np.savez(path, TRAIN.images, TRAIN.labels)
    assert len(load(path).train) == 32


def test_images_all_alike(path: Path):
    np.savez(path, **(KERAS | {"x_train": np.repeat(TRAIN.images[:1], 40, axis=0)}))
    assert_refused(lambda: load(path), path, "x_train", "all 40 images are identical")


@pytest.mark.parametrize("text", [str, bytes])
def test_text_labels(path: Path, text: type):
    words = np.array([b"ant", b"bee", b"cat"] if text is bytes else ["ant", "bee", "cat"])
    np.savez(path, **(KERAS | {"y_train": words[TRAIN.labels], "y_test": words[TEST.labels]}))
    data = load(path)
    assert data.class_names == ("ant", "bee", "cat")
    np.testing.assert_array_equal(data.train.labels, TRAIN.labels)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)


def test_a_text_label_that_train_does_not_have(path: Path):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels.astype(str), "y_test": np.array(["0", "7"] * 6)}))
    data = load(path)
    assert_refused(lambda: data.test, path, "x_test", "'7' of image 1", "0, 1, 2")


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


@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32])
def test_one_hot_labels(path: Path, kind: type):
    np.savez(path, **(KERAS | {"y_train": np.eye(3, dtype=kind)[TRAIN.labels]}))
    np.testing.assert_array_equal(load(path).train.labels, TRAIN.labels)


def test_several_classes_for_one_image(path: Path):
    labels = np.eye(3, dtype=np.uint8)[TRAIN.labels]
    labels[5] = 1
    np.savez(path, **(KERAS | {"y_train": labels}))
    assert_refused(lambda: load(path), path, "(40, 3)", "row 5 is not one-hot", "3 ones", "One class".lower())


@pytest.mark.parametrize("kind", [np.float32, np.int8])
def test_whole_numbers_as_labels_in_a_row_or_column(path: Path, kind: type):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels.astype(kind)[:, np.newaxis]}))
    np.testing.assert_array_equal(load(path).train.labels, TRAIN.labels)


def test_truth_values_as_labels(path: Path):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels > 0, "y_test": TEST.labels > 0}))
    assert load(path).class_names == ("0", "1")


def test_labels_that_are_fractions(path: Path):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels + 0.5}))
    assert_refused(lambda: load(path), path, f"label 0 is {TRAIN.labels[0] + 0.5}", "whole numbers")


@pytest.mark.parametrize("shape", [(40, 36), (40, 6, 6, 2), (40, 6, 6, 6), (40, 0, 6, 1)])
def test_images_of_another_form(path: Path, shape: tuple[int, ...]):
    np.savez(path, **(KERAS | {"x_train": np.zeros(shape, np.uint8)}))
    assert_refused(lambda: load(path), path, "x_train", f"shape {shape}", "(n, height, width")


def test_counts_that_differ(path: Path):
    np.savez(path, **(KERAS | {"y_train": TRAIN.labels[1:]}))
    assert_refused(lambda: load(path), path, "40 images", "39 labels")


def test_no_images(path: Path):
    np.savez(path, images=TRAIN.images[:0], labels=TRAIN.labels[:0])
    assert_refused(lambda: load(path), path, "no images")


@pytest.mark.parametrize(("kind", "white"), [("int16", 9_999), ("int16", 30_000), ("int8", 100), ("uint16", 60_000)])
def test_whole_numbers_that_end_below_white(tmp_path: Path, kind: str, white: int):
    images = np.random.default_rng(0).integers(0, white, (20, 8, 8)).astype(kind)
    images[0, 0] = white
    np.savez(tmp_path / "set.npz", x_train=images, y_train=np.arange(20) % 2, x_test=images[:4], y_test=[0, 1, 0, 1])
    data = load(tmp_path / "set.npz")
    scale = 255 if white < 256 else 65535
    expected = np.rint(images.astype(float) * 255 / scale).astype(np.uint8)
    np.testing.assert_allclose(data.train.images[:][..., 0].astype(int), expected.astype(int), atol=1)
