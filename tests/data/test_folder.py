"""Class folders: names, splits, channels, and bad folders and images refused."""

import os
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from PIL import Image

from convlet.data import load
from convlet.data.files import Unreadable
from convlet.reading import read_image
from tests.data.datafiles import TEST, TRAIN, assert_refused, png, save, write_class_folders
from tests.images import encoded

pytestmark = pytest.mark.usefixtures("kept")
ANIMALS = ("ant", "bee", "cat")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_class_folders(tmp_path / "set", TRAIN, ANIMALS)


def grey(value: int, size: tuple[int, int] = (6, 6)) -> Image.Image:
    return Image.new("L", size, value)


def test_numbers_are_in_numeric_order_before_names(tmp_path: Path):
    for name in ("10", "9", "02", "2", "b", "a", "B"):
        for place in range(2):
            save(grey(place), tmp_path / "set" / name / f"{place}.png")
    assert load(tmp_path / "set").class_names == ("02", "2", "9", "10", "B", "a", "b")


def test_hidden_files_and_readme_are_ignored(folder: Path):
    before = load(folder)
    for place in (folder, folder / "ant"):
        (place / "README.md").write_text("about these images")
        (place / ".DS_Store").write_bytes(b"\0")
        (place / "._0.png").write_bytes(b"not an image")
        save(grey(0, (9, 9)), place / ".hidden" / "0.png")
    after = load(folder)
    assert after.class_names == ANIMALS
    assert (after.train.sha256, after.test.sha256) == (before.train.sha256, before.test.sha256)


def test_suffixes_in_capitals_and_other_formats(tmp_path: Path):
    for name in ("ant", "bee"):
        save(grey(10), tmp_path / "set" / name / "1.PNG")
        save(grey(20), tmp_path / "set" / name / "2.bmp")
        save(grey(30), tmp_path / "set" / name / "3.tiff")
    data = load(tmp_path / "set")
    assert sorted(np.concatenate([data.train.images, data.test.images])[:, 0, 0, 0]) == [10, 10, 20, 20, 30, 30]


def test_grey_and_colour_mixed_gives_three_channels(folder: Path):
    save(Image.new("RGB", (6, 6), (1, 2, 3)), folder / "bee" / "colour.png")
    data = load(folder)
    assert data.image_shape == (6, 6, 3)
    images = np.concatenate([data.train.images, data.test.images])
    coloured = images[(images[..., 0] != images[..., 2]).any(axis=(1, 2))]
    assert len(coloured) == 1
    assert (coloured[0] == (1, 2, 3)).all()


@pytest.mark.parametrize(("train", "test"), [("RGB", "L"), ("L", "RGB")])
def test_test_gets_the_channels_of_train(tmp_path: Path, train: str, test: str):
    for split, mode in (("train", train), ("test", test)):
        for name in ("ant", "bee"):
            save(Image.new(mode, (6, 6), 7 if mode == "L" else (7, 7, 7)), tmp_path / "set" / split / name / "1.png")
    data = load(tmp_path / "set")
    assert data.test.image_shape == data.train.image_shape == (6, 6, 3 if train == "RGB" else 1)
    assert (data.test.images[:] == 7).all()


@pytest.mark.parametrize("called", ["validation", "val", "Valid", "DEV"])
def test_a_validation_folder_is_the_validation_split(tmp_path: Path, called: str):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / called, TEST, ANIMALS)
    data = load(tmp_path / "set")
    assert len(data.validation) == len(TEST.labels)
    assert data.with_validation(0.1) is data
    assert len(data.train) + len(data.test) == len(TRAIN.labels)


def test_a_class_of_test_that_train_lacks(tmp_path: Path):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "test", TEST, ("ant", "bee", "dog"))
    data = load(tmp_path / "set")
    assert_refused(lambda: data.test, tmp_path / "set" / "test", "'dog'", "ant, bee, cat")


def test_a_class_of_train_that_test_lacks(tmp_path: Path):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    write_class_folders(tmp_path / "set" / "test", TEST, ("ant", "cat", "cat"))
    data = load(tmp_path / "set")
    assert data.class_names == ANIMALS
    assert set(data.test.labels.tolist()) == {0, 2}


def test_an_empty_folder(tmp_path: Path):
    (tmp_path / "set").mkdir()
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "no class folders", "set/cat/1.png")


def test_images_beside_each_other_in_no_class_folder(tmp_path: Path):
    save(grey(1), tmp_path / "set" / "1.png")
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "no class folders", "1 images", "labels.csv")


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (("mnist_test.csv", "mnist_train.csv"), "give {}/mnist_train.csv"),
        (("more/digits.mat",), "give {}/more/digits.mat"),
        (("cifar-10-batches-py/data_batch_1", "cifar-10-batches-py/batches.meta"), "Pickles can run code"),
        (("mnist.pkl.gz",), "numpy.savez"),
        (("test.zip", "train.zip"), "give {}/train.zip"),
        (("a.npy", "b.npy"), ".npy files (a.npy, b.npy)"),
    ],
)
def test_a_folder_of_another_form_is_told_how_to_go_on(tmp_path: Path, files: tuple[str, ...], words: str):
    folder = tmp_path / "set"
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_bytes(b"content")
    assert_refused(lambda: load(folder), folder, words.format(folder))


@pytest.mark.parametrize("other", ["labels/0.txt", "annotations.json"])
def test_images_in_one_folder_beside_their_labels_in_another_form(tmp_path: Path, other: str):
    for shade in range(3):
        save(grey(shade), tmp_path / "set" / "images" / f"{shade}.png")
    (tmp_path / "set" / other).parent.mkdir(exist_ok=True)
    (tmp_path / "set" / other).write_text("0 1 1")
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "one folder only, images", other, "labels.csv")


def test_an_empty_train_folder(tmp_path: Path):
    (tmp_path / "set" / "train").mkdir(parents=True)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set" / "train", "no class folders")


def test_an_empty_class_folder_is_left_out(folder: Path):
    (folder / "dog").mkdir()
    (folder / "dog" / "notes.txt").write_text("none yet")
    data = load(folder)
    assert data.class_names == ANIMALS
    assert [one.file for one in data.left_out] == ["dog/notes.txt", "dog/"]


def test_class_folders_without_any_image(tmp_path: Path):
    for name in ANIMALS:
        (tmp_path / "set" / name).mkdir(parents=True)
        (tmp_path / "set" / name / "a.psd").write_text("none")
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", "ant, bee, cat", "no images", "a.psd", ".png")


def test_one_class(tmp_path: Path):
    for place in range(3):
        save(grey(place), tmp_path / "set" / "ant" / f"{place}.png")
    assert_refused(lambda: load(tmp_path / "set").require_classes(), "set", "1 class (ant)", "at least 2")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"I am text", ("not an image", "9 bytes")),
        (b"", ("not an image", "empty")),
        (encoded(TRAIN.images[0])[:60], ("damaged",)),
        (png(9000, 9000), ("9000x9000", "80 million")),
    ],
    ids=["text", "zero bytes", "truncated", "huge"],
)
def test_one_bad_image_in_twenty_is_left_out_and_named(folder: Path, data: bytes, words: tuple[str, ...]):
    good = load(folder)
    (folder / "bee" / "bad.png").write_bytes(data)
    found = load(folder)
    assert np.array_equal(found.train.images[:], good.train.images[:])
    assert np.array_equal(found.train.labels, good.train.labels)
    assert list(found.train.files) == list(good.train.files)
    ((file, reason, _),) = found.left_out
    assert file == "bee/bad.png"
    assert all(word in reason for word in (str(folder / "bee" / "bad.png"), *words))


def test_more_bad_images_than_one_in_twenty(folder: Path):
    for number in range(1 + len(TRAIN.images) // 10):
        (folder / "bee" / f"bad-{number:03}.png").write_bytes(b"I am text")
    assert_refused(lambda: load(folder), folder / "bee" / "bad-000.png", "images cannot be read", "not an image")


def test_one_bad_image_of_few(tmp_path: Path):
    for name in "ab":
        save(grey(1), tmp_path / "set" / name / "1.png")
    (tmp_path / "set" / "a" / "bad.png").write_bytes(b"I am text")
    assert_refused(lambda: load(tmp_path / "set"), ": 1 image cannot be read")


def test_images_of_mixed_sizes_are_brought_to_one(tmp_path: Path):
    shades = iter(range(1, 9))
    for name in ("ant", "bee"):
        for place, size in enumerate([(60, 50), (80, 70), (40, 40)]):
            save(grey(next(shades), size), tmp_path / "set" / name / f"{place}.png")
    data = load(tmp_path / "set")
    height, width, _ = data.image_shape
    assert 28 <= height <= 128
    assert 28 <= width <= 128
    for file, image in zip(data.train.files, data.train.images, strict=True):
        assert np.array_equal(image, read_image(tmp_path / "set" / file, data.image_shape))


def test_an_image_too_large_to_be_decoded_whole_is_of_another_size(tmp_path: Path):
    for number in range(8):
        save(Image.new("RGB", (800, 600), (20 * number, 0, 0)), tmp_path / "ab"[number % 2] / f"{number}.png")
    save(Image.new("L", (10_000, 8_100)), tmp_path / "b" / "huge.jpg")
    data = load(tmp_path)
    assert data.image_shape == (56, 72, 3)
    assert not data.left_out


def test_a_test_folder_of_another_size_is_brought_to_that_of_train(tmp_path: Path):
    for name in ("ant", "bee"):
        save(grey(1, (6, 6)), tmp_path / "set" / "train" / name / "1.png")
        save(grey(1, (8, 7)), tmp_path / "set" / "test" / name / "1.png")
    data = load(tmp_path / "set")
    assert data.image_shape == (6, 6, 1)
    for file, image in zip(data.test.files, data.test.images, strict=True):
        assert np.array_equal(image, read_image(tmp_path / "set" / file, data.image_shape))


def test_images_in_folders_inside_a_class_belong_to_it(tmp_path: Path):
    names = ("set/ant/1.png", "set/ant/red/2.png", "set/ant/red/big/3.png", "set/bee/deep/er/4.png", "set/bee/5.png")
    for shade, name in enumerate([*names, "set/bee/6.jfif"]):
        save(grey(shade), tmp_path / name, format="png")
    data = load(tmp_path / "set")
    files = dict(zip([*data.train.files, *data.test.files], [*data.train.labels, *data.test.labels], strict=True))
    assert files == {name.removeprefix("set/"): int("bee" in name) for name in [*names, "set/bee/6.jfif"]}


def test_class_names_are_compared_as_people_read_them(tmp_path: Path):
    for split, form in (("train", "NFC"), ("Test", "NFD"), ("VAL", "NFD")):
        for shade, name in enumerate(("Käfer", "bee")):
            save(grey(shade), tmp_path / "set" / split / normalize(form, name) / f"{split}.png")
    data = load(tmp_path / "set")
    assert data.class_names == ("Käfer", "bee")
    assert data.test.labels.tolist() == data.validation.labels.tolist() == [0, 1]


def test_two_spellings_of_a_class_in_one_split_are_one(tmp_path: Path):
    for shade, form in enumerate(("NFC", "NFD", "NFC", "NFD")):
        save(grey(shade), tmp_path / "set" / normalize(form, "é") / f"{shade}.png")
    if len(list((tmp_path / "set").iterdir())) < 2:
        pytest.skip("this file system writes all names in one form")
    save(grey(9), tmp_path / "set" / "a" / "1.png")
    save(grey(8), tmp_path / "set" / "a" / "2.png")
    data = load(tmp_path / "set")
    assert data.class_names == ("a", "é")
    assert np.bincount([*data.train.labels, *data.test.labels]).tolist() == [2, 4]


@pytest.mark.parametrize("others", ["flat", "empty"])
def test_a_test_folder_without_classes_gives_way_to_a_cut(tmp_path: Path, others: str):
    write_class_folders(tmp_path / "set" / "train", TRAIN, ANIMALS)
    (tmp_path / "set" / "test").mkdir()
    (tmp_path / "set" / "val" / "ant").mkdir(parents=True)
    if others == "flat":
        save(grey(1), tmp_path / "set" / "test" / "1.png")
    data = load(tmp_path / "set")
    assert len(data.train) + len(data.test) == len(TRAIN.labels)
    assert data.validation is None
    assert [one.file for one in data.left_out] == ["val/", "test/"]
    assert not any("remove" in one.reason for one in data.left_out)


def test_a_file_without_permission_is_left_out(folder: Path):
    secret = save(grey(1), folder / "ant" / "secret.png")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read everything")
    (one,) = load(folder).left_out
    assert (one.file, type(one)) == ("ant/secret.png", Unreadable)
