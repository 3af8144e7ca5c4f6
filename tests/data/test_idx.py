"""IDX files: what is read, and what is refused with the file's name and the reason."""

import gzip
import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, disk, load
from convlet.data.idx import can_read, read_idx, read_idx_images
from convlet.system.watch import Watch
from tests.data.archives import idx_int
from tests.data.datafiles import IDX_NAMES, TEST, TRAIN, Pictures, assert_refused, idx, write_idx_folder

pytestmark = pytest.mark.usefixtures("kept")
TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = IDX_NAMES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_idx_folder(tmp_path / "set")


@pytest.fixture
def gzip_folder(tmp_path: Path) -> Path:
    return write_idx_folder(tmp_path / "set", compress=True)


def test_arrays_and_hashes_are_those_of_the_raw_bytes(folder: Path):
    file = read_idx(folder / TRAIN_IMAGES, "images")
    np.testing.assert_array_equal(np.asarray(file.array).reshape(TRAIN.images.shape), TRAIN.images)
    assert file.sha256 == hashlib.sha256((folder / TRAIN_IMAGES).read_bytes()).hexdigest()


def test_gzip_is_told_by_its_bytes_and_hashed_decompressed(folder: Path):
    raw = read_idx(folder / TRAIN_LABELS, "labels")
    (folder / TRAIN_LABELS).write_bytes(gzip.compress((folder / TRAIN_LABELS).read_bytes()))
    compressed = read_idx(folder / TRAIN_LABELS, "labels")
    np.testing.assert_array_equal(compressed.array, TRAIN.labels)
    assert compressed.sha256 == raw.sha256


@pytest.mark.parametrize("compress", [False, True])
def test_large_images_stay_in_their_file_or_are_decompressed_into_another(tmp_path: Path, kept: str, compress: bool):
    folder = write_idx_folder(tmp_path / "set", compress=compress)
    ending = ".gz" if compress else ""
    images, labels = (read_idx(folder / f"{TRAIN_IMAGES}{ending}", "images").array, folder / f"{TRAIN_LABELS}{ending}")
    assert isinstance(read_idx(labels, "labels").array, np.ndarray)
    assert isinstance(images, ImagesOnDisk) == (kept == "on disk")
    if isinstance(images, ImagesOnDisk):
        lies_in = os.fstat(images._file.descriptor)
        assert os.path.samestat(lies_in, (folder / f"{TRAIN_IMAGES}{ending}").stat()) == (not compress)


def test_images_as_large_as_the_limit_are_kept_in_memory(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk, "IN_MEMORY", TRAIN.images.size)
    assert isinstance(read_idx(folder / TRAIN_IMAGES, "images").array, np.ndarray)


def test_what_is_known_of_the_data(folder: Path):
    data = load(folder)
    assert len(data.test) == len(TEST.labels)
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in IDX_NAMES}
    assert data.about["kind"] == "IDX files"
    assert data.about["files"] == files
    assert data.train.name == str(folder / "train")


@pytest.mark.parametrize("compress", [False, True])
def test_what_is_known_of_a_named_set(tmp_path: Path, compress: bool):
    folder = write_idx_folder(tmp_path / "mnist", compress=compress)
    ending = ".gz" if compress else ""
    about = load("mnist", tmp_path).about
    assert about["folder"] == str(folder)
    assert about["files"].keys() == {f"{TRAIN_IMAGES}{ending}", f"{TRAIN_LABELS}{ending}"}  # test is not read yet
    assert about["published"].keys() == set(IDX_NAMES)


def test_a_file_beside_a_set_is_none_of_it(folder: Path):
    other = folder / "notes.txt"
    other.write_text("mine")
    assert not can_read(other)
    assert not can_read(folder / f"another-{TRAIN_IMAGES}")


def test_labels_of_eight_columns_are_the_first(folder: Path):
    path = folder / TRAIN_LABELS
    path.write_bytes(idx_int(TRAIN.labels))
    np.testing.assert_array_equal(load(folder).train.labels, TRAIN.labels)
    path.write_bytes(idx_int(TRAIN.labels)[:-1])
    assert_refused(lambda: load(folder), path, "truncated", "40x8 = 1,280 bytes", "1,279")


def test_names_with_a_dot_as_torchvision_unpacks_them(folder: Path):
    for name in IDX_NAMES:
        (folder / name).rename(folder / name.replace("-idx", ".idx"))
    data = load(folder)
    assert (len(data.train), len(data.test)) == (len(TRAIN.labels), len(TEST.labels))


def test_images_with_channels(tmp_path: Path):
    colour = Pictures(np.repeat(TRAIN.images[..., np.newaxis], 3, axis=-1), TRAIN.labels)
    data = load(write_idx_folder(tmp_path / "set", colour, colour))
    assert data.image_shape == (6, 6, 3)
    np.testing.assert_array_equal(data.train.images, colour.images)


@pytest.mark.parametrize("name", IDX_NAMES)
def test_a_missing_file(folder: Path, name: str):
    (folder / name).unlink()
    assert_refused(lambda: load(folder), folder, name, "no file")


def test_train_alone_gives_a_fifth_to_test(folder: Path):
    whole = len(load(folder).train)
    for kind in ("images-idx3", "labels-idx1"):
        (folder / f"t10k-{kind}-ubyte").unlink()
    found = load(folder)
    assert len(found.train) + len(found.test) == whole
    assert "cut from" in found.about["test split"]


def test_truncated_raw(folder: Path):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:-100])
    assert_refused(lambda: load(folder), path, "truncated", "40x6x6 = 1,440 bytes", "1,340")


def test_truncated_raw_test_split(folder: Path):
    path = folder / TEST_LABELS
    path.write_bytes(path.read_bytes()[:-1])
    data = load(folder)
    assert_refused(lambda: data.test, path, "truncated")


@pytest.mark.parametrize("size", [0, 3, 7, 15])
def test_truncated_within_the_header(folder: Path, size: int):
    path = folder / TRAIN_IMAGES
    path.write_bytes(path.read_bytes()[:size])
    assert_refused(lambda: load(folder), path, "truncated", "header")


@pytest.mark.parametrize("lost", [1, 8, 500], ids=["in the trailer", "the trailer", "in the data"])
def test_truncated_gzip(gzip_folder: Path, lost: int):
    path = gzip_folder / f"{TRAIN_IMAGES}.gz"
    path.write_bytes(path.read_bytes()[:-lost])
    assert_refused(lambda: load(gzip_folder), path, "truncated", "gzip")


@pytest.mark.parametrize("place", [8, 200, -5], ids=["method", "data", "checksum"])
def test_damaged_gzip(gzip_folder: Path, place: int):
    path = gzip_folder / f"{TRAIN_IMAGES}.gz"
    data = bytearray(path.read_bytes())
    data[place + 2 if place == 8 else place] ^= 0xFF
    path.write_bytes(data)
    assert_refused(lambda: load(gzip_folder), path, "damaged")


@pytest.mark.parametrize("magic", ["00000801", "00000b03", "01000803", "3c68746d"])
def test_wrong_magic_number(folder: Path, magic: str):
    path = folder / TRAIN_IMAGES
    path.write_bytes(idx(TRAIN.images, bytes.fromhex(magic)))
    assert_refused(lambda: load(folder), path, "magic number", f"0x{magic}", "0x00000803 or 0x00000804.")


def test_images_where_labels_should_be(folder: Path):
    path = folder / TRAIN_LABELS
    path.write_bytes(idx(TRAIN.images))
    assert_refused(lambda: load(folder), path, "labels", "0x00000803", "expected 0x00000801 or 0x00000c02.")


@pytest.mark.parametrize("compress", [False, True])
def test_longer_than_its_header_promises(tmp_path: Path, compress: bool):
    folder = write_idx_folder(tmp_path / "set", compress=compress)
    path = folder / (f"{TRAIN_LABELS}.gz" if compress else TRAIN_LABELS)
    data = idx(TRAIN.labels) + b"\0"
    path.write_bytes(gzip.compress(data) if compress else data)
    assert_refused(lambda: load(folder), path, "wrong size", "40 bytes, but it has more. ")


def test_longer_than_promised_by_less_than_a_block(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk, "BLOCK", len(TRAIN.labels) // 2)
    path = folder / TRAIN_LABELS
    path.write_bytes(idx(TRAIN.labels) + b"\0")
    assert_refused(lambda: load(folder), path, "wrong size", "has more")


def test_what_cannot_be_read(tmp_path: Path):
    assert_refused(lambda: read_idx(tmp_path, "images"), tmp_path, "cannot read", "directory")


@pytest.mark.parametrize("count", [40_000_000, 2**32 - 1])
def test_a_header_that_promises_more_than_memory_holds(folder: Path, count: int):
    path = folder / TRAIN_IMAGES
    path.write_bytes(bytes((0, 0, 8, 3)) + struct.pack(">III", count, 28, 28) + b"only this")
    assert_refused(lambda: load(folder), path, "wrong size", f"{count * 784:,} bytes", "has 9")


def test_images_and_labels_of_different_counts(folder: Path):
    (folder / TRAIN_LABELS).write_bytes(idx(TRAIN.labels[:-1]))
    assert_refused(lambda: load(folder), folder, "train", "40 images", "39 labels")


def test_no_images(folder: Path):
    (folder / TRAIN_IMAGES).write_bytes(idx(np.zeros((0, 6, 6))))
    (folder / TRAIN_LABELS).write_bytes(idx(np.zeros(0)))
    assert_refused(lambda: load(folder), folder, "no images")


def test_a_label_outside_the_classes_of_a_named_set(tmp_path: Path):
    labels = TRAIN.labels.copy()
    labels[17] = 10
    write_idx_folder(tmp_path / "mnist", Pictures(TRAIN.images, labels))
    assert_refused(lambda: load("mnist", tmp_path), tmp_path / "mnist", "train", "label 10 of image 17", "10 classes")


def test_a_test_label_outside_the_classes_of_a_named_set(tmp_path: Path):
    labels = TEST.labels.copy()
    labels[3] = 10
    data = load("mnist", write_idx_folder(tmp_path / "mnist", test=Pictures(TEST.images, labels)).parent)
    assert_refused(lambda: data.test, tmp_path / "mnist", "t10k", "label 10 of image 3")


def test_a_test_label_that_is_not_in_train(folder: Path):
    labels = TEST.labels.copy()
    labels[5] = 9
    (folder / TEST_LABELS).write_bytes(idx(labels))
    data = load(folder)
    assert_refused(lambda: data.test, folder, "t10k", "label 9 of image 5", "0, 1, 2")


def test_a_test_split_of_another_size(folder: Path):
    (folder / TEST_IMAGES).write_bytes(idx(np.zeros((len(TEST.labels), 5, 6))))
    data = load(folder)
    assert_refused(lambda: data.test, folder, "t10k", "5x6x1", "6x6x1")


def test_labels_need_not_begin_at_nought(folder: Path):
    for name, labels in ((TRAIN_LABELS, TRAIN.labels), (TEST_LABELS, TEST.labels)):
        (folder / name).write_bytes(idx(labels * 10 + 1))
    data = load(folder)
    assert data.class_names == ("1", "11", "21")
    np.testing.assert_array_equal(data.train.labels, TRAIN.labels)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)


def test_torchvision_keeps_them_in_a_folder_raw(tmp_path: Path):
    write_idx_folder(tmp_path / "set" / "raw")
    np.testing.assert_array_equal(load(tmp_path / "set").train.images[:][..., 0], TRAIN.images)


def test_files_named_after_emnist_are_turned_upright(tmp_path: Path):
    folder = write_idx_folder(tmp_path / "set", compress=True)
    for name in IDX_NAMES:
        (folder / f"{name}.gz").rename(folder / f"emnist-letters-{name.replace('t10k', 'test')}.gz")
    notes: list[str] = []
    data = load(folder, watch=Watch(on_note=notes.append))
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images.swapaxes(1, 2))
    np.testing.assert_array_equal(data.test.images[:][..., 0], TEST.images.swapaxes(1, 2))
    assert ["upright" in note for note in notes] == [True]


def test_files_of_two_sets(folder: Path):
    for name in IDX_NAMES:
        (folder / f"emnist-digits-{name}").write_bytes((folder / name).read_bytes())
    assert_refused(lambda: load(folder), folder, "several sets", f"{TRAIN_IMAGES}, emnist-digits-{TRAIN_IMAGES}.")
    one, other = load(folder / f"emnist-digits-{TEST_LABELS}"), load(folder / f"{TRAIN_IMAGES}")
    assert (one.name, other.name) == ("emnist-digits", folder.name)
    np.testing.assert_array_equal(one.train.images[:], other.train.images[:].swapaxes(1, 2))


def test_pixels_of_0_and_1_are_stretched_and_it_is_said(tmp_path: Path):
    notes: list[str] = []
    ones = [Pictures(part.images // 128, part.labels) for part in (TRAIN, TEST)]
    data = load(write_idx_folder(tmp_path / "set", *ones), watch=Watch(on_note=notes.append))
    np.testing.assert_array_equal(data.train.images[:][..., 0], ones[0].images * 255)
    np.testing.assert_array_equal(data.test.images[:][..., 0], ones[1].images * 255)
    assert len(notes) == 1


@pytest.mark.parametrize("name", ["MNIST", "FashionMNIST", "KMNIST"])
def test_torchvisions_folders(tmp_path: Path, name: str):
    write_idx_folder(tmp_path / name / "raw", compress=True)
    data = load(tmp_path / name)
    assert data.name == name
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images)


def write_emnist(folder: Path, mapping: str, first: int = 1) -> Path:
    """EMNIST's letters as torchvision unpacks them: labels from 1."""
    write_idx_folder(folder, *(Pictures(part.images, part.labels + first) for part in (TRAIN, TEST)))
    for name in IDX_NAMES:
        (folder / name).rename(folder / f"emnist-letters-{name.replace('t10k', 'test')}")
    (folder / "emnist-letters-mapping.txt").write_text(mapping)
    return folder


def test_a_mapping_beside_the_files_names_the_classes(tmp_path: Path):
    write_emnist(tmp_path / "EMNIST" / "raw", "1 65 97\n2 66 98 \n\n3 67 99\r\n4 68 100\n")
    data = load(tmp_path / "EMNIST")
    assert data.class_names == ("A", "B", "C", "D")
    np.testing.assert_array_equal(data.train.labels, TRAIN.labels)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)
    np.testing.assert_array_equal(data.train.images[:][..., 0], TRAIN.images.swapaxes(1, 2))


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ("1 65\n2 66\n", ("label 3 of image", "is not in", "mapping.txt")),
        ("1 65\n2 B\n3 67", ("mapping.txt: line 2 is '2 B'", "1 65 97")),
        ("1 65\n2", ("mapping.txt: line 2",)),
        ("1 65\n1 66", ("line 2", "twice")),
        ("1 65\n2 65", ("line 2", "'A'", "twice")),
        ("1 99999999", ("line 1",)),
        ("\n", ("names no classes",)),
    ],
)
def test_a_mapping_that_does_not_fit(tmp_path: Path, mapping: str, words: tuple[str, ...]):
    write_emnist(tmp_path / "set", mapping)
    assert_refused(lambda: load(tmp_path / "set"), tmp_path / "set", *words)


def test_images_to_answer_are_turned_as_those_trained_on(tmp_path: Path):
    folder = write_emnist(tmp_path / "set", "1 65\n2 66\n3 67\n")
    found = read_idx_images(folder / f"emnist-letters-{TRAIN_IMAGES}", Watch())
    np.testing.assert_array_equal(found[:].reshape(-1, 6, 6), TRAIN.images.swapaxes(1, 2))


def test_each_file_in_a_folder_of_its_name_as_kaggle_has_them(folder: Path):
    for name in IDX_NAMES:
        (folder / name).rename(folder / "file")
        (folder / name).mkdir()
        (folder / "file").rename(folder / name / name)
    data = load(folder)
    assert (len(data.train), len(data.test)) == (len(TRAIN.labels), len(TEST.labels))
