"""Images on disk: they index like NumPy, read pixels only on demand, and name a file that fails."""

import gc
import os
import threading
from pathlib import Path

import numpy as np
import pytest

from convlet.data import ImagesOnDisk, Split, disk
from convlet.data.disk import OpenFile, chunks
from tests.data.datafiles import assert_refused

OFFSET = 11
COUNT = 60
PIXELS = np.random.default_rng(3).integers(0, 256, (COUNT, 5, 4, 3), dtype=np.uint8)
ROWS = np.random.default_rng(4).integers(0, COUNT, 45)  # some twice, in no order
TRUTH = np.random.default_rng(5).random(COUNT) < 0.5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "pixels"
    path.write_bytes(b"x" * OFFSET + PIXELS.tobytes())
    return path


def opened(path: Path) -> ImagesOnDisk:
    with path.open("rb") as file:
        return ImagesOnDisk(OpenFile(file.fileno(), str(path)), OFFSET, PIXELS.shape)


@pytest.fixture(params=["preadv", "seek"])
def whole(request: pytest.FixtureRequest, path: Path, monkeypatch: pytest.MonkeyPatch) -> ImagesOnDisk:
    """As on Linux, and as on a system without preadv."""
    if request.param == "seek":
        monkeypatch.delattr(os, "preadv", raising=False)
    elif not hasattr(os, "preadv"):
        pytest.skip("this system has no preadv")
    return opened(path)


KEYS = {
    "first": 0,
    "last of all": 44,
    "from the end": -1,
    "NumPy's number": np.int32(7),
    "all": slice(None),
    "a slice": slice(3, 40),
    "with a step": slice(3, 40, 7),
    "backwards": slice(None, None, -1),
    "past the end": slice(40, 1000),
    "an empty slice": slice(9, 9),
    "an array": np.array([5, 3, 3, 40, 41, 42, 0]),
    "negative numbers": np.array([-1, -45, 7]),
    "unsigned": np.array([1, 44], np.uint8),
    "a list": [2, 1],
    "an empty list": [],
    "an empty array": np.empty(0, np.int64),
    "no true value": np.zeros(45, bool),
    "truth": TRUTH[:45],
    "a list of truth": TRUTH[:45].tolist(),
}


@pytest.mark.parametrize("key", KEYS.values(), ids=KEYS.keys())
def test_an_index_gives_what_the_array_gives(whole: ImagesOnDisk, key):
    for images, array in ((whole.take(slice(45)), PIXELS[:45]), (whole.take(ROWS), PIXELS[ROWS])):
        found = images[key]
        assert isinstance(found, np.ndarray)
        assert found.dtype == np.uint8
        np.testing.assert_array_equal(found, array[key])
        assert found.shape == array[key].shape


@pytest.mark.parametrize("key", [COUNT, -COUNT - 1, np.array([0, COUNT]), [-COUNT - 1], 2**70])
def test_out_of_range(whole: ImagesOnDisk, key):
    with pytest.raises(IndexError):
        whole[key]
    with pytest.raises(IndexError):
        whole.take(key)


@pytest.mark.parametrize(
    "key", [1.0, True, None, ..., (0, 1), "1", np.array([1.0]), np.array([[1]]), np.empty(0), TRUTH[:9]]
)
def test_no_index(whole: ImagesOnDisk, key):
    with pytest.raises(IndexError):
        whole[key]


def test_it_looks_like_the_array(whole: ImagesOnDisk):
    for images, array in ((whole, PIXELS), (whole.take(ROWS), PIXELS[ROWS])):
        assert (images.shape, images.ndim, images.nbytes, images.dtype) == (
            array.shape,
            array.ndim,
            array.nbytes,
            array.dtype,
        )
        assert len(images) == len(array)
        np.testing.assert_array_equal(np.asarray(images), array)
        np.testing.assert_array_equal(np.stack(list(images)), array)
        assert np.asarray(images, np.float32).dtype == np.float32
    with pytest.raises(ValueError, match="copy"):
        np.asarray(whole, copy=False)


def test_grey_images_get_a_channel_axis(path: Path):
    with path.open("rb") as file:
        images = ImagesOnDisk(OpenFile(file.fileno(), "it"), OFFSET, (COUNT, 5, 12))
    assert images.shape == (COUNT, 5, 12, 1)
    np.testing.assert_array_equal(images[3:5], PIXELS[3:5].reshape(2, 5, 12, 1))


def test_what_was_read_is_the_readers_own(whole: ImagesOnDisk):
    whole[2:4][:] = 0
    np.testing.assert_array_equal(whole[2:4], PIXELS[2:4])


def test_take_of_a_take_reads_nothing(whole: ImagesOnDisk, monkeypatch: pytest.MonkeyPatch):
    def never(*_: object) -> None:
        raise AssertionError("a pixel was read")

    with monkeypatch.context() as patch:
        patch.setattr(OpenFile, "read", never)
        taken = whole.take(ROWS).take(TRUTH[:45]).take([-1, 2])
    np.testing.assert_array_equal(taken[:], PIXELS[ROWS][TRUTH[:45]][[-1, 2]])


def test_chunks_are_all_of_them_in_order(whole: ImagesOnDisk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk, "BLOCK", 3 * PIXELS[0].size + 1)
    for images in (whole, whole.take(ROWS), PIXELS):
        parts = list(chunks(images))
        assert {len(part) for part in parts} == {3}
        np.testing.assert_array_equal(np.concatenate(parts), images[:])
    monkeypatch.setattr(disk, "BLOCK", 1)
    assert len(list(chunks(whole))) == COUNT


def test_a_split_is_the_same_on_disk_and_in_memory(whole: ImagesOnDisk, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(disk, "BLOCK", 200)
    labels = np.arange(COUNT) % 3
    here, there = Split(PIXELS, labels), Split(whole, labels)
    assert there.images is whole
    for one, other in ((here, there), (here.take(ROWS), there.take(ROWS))):
        assert isinstance(other.images, ImagesOnDisk)
        assert (one.sha256, one.value_range, one.image_shape) == (other.sha256, other.value_range, other.image_shape)
    assert here.value_range == (PIXELS.min(), PIXELS.max())


@pytest.mark.parametrize(
    ("shape", "words"),
    [((60, 60), "shape (60, 60)"), ((30, 5, 12, 2), "shape (30, 5, 12, 2)"), ((0, 5, 12), "no images")],
)
def test_a_split_refuses_the_shapes_it_refuses_in_memory(path: Path, shape: tuple[int, ...], words: str):
    with path.open("rb") as file:
        images = ImagesOnDisk(OpenFile(file.fileno(), str(path)), OFFSET, shape)
    assert_refused(lambda: Split(images, np.zeros(shape[0], int), name="these"), "these", words)
    assert_refused(lambda: Split(np.zeros(shape, np.uint8), np.zeros(shape[0], int), name="these"), "these", words)


def test_counts_that_differ(whole: ImagesOnDisk):
    assert_refused(lambda: Split(whole, np.zeros(3, int), name="these"), "these", "60 images", "3 labels")


def test_threads_read_at_once(whole: ImagesOnDisk):
    wrong = []

    def read(seed: int) -> None:
        random = np.random.default_rng(seed)
        for _ in range(150):
            chosen = random.integers(0, COUNT, 9)
            if not np.array_equal(whole[chosen], PIXELS[chosen]):
                wrong.append(chosen)

    threads = [threading.Thread(target=read, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_file_that_became_shorter(whole: ImagesOnDisk, path: Path):
    os.truncate(path, OFFSET + PIXELS[:30].size + 7)
    np.testing.assert_array_equal(whole[:30], PIXELS[:30])
    for key in (30, slice(None), [0, 59], slice(28, 32)):
        assert_refused(lambda key=key: whole[key], path, "was truncated", "Load the data again")
    assert_refused(lambda: Split(whole, np.zeros(COUNT, int)).sha256, path, "was truncated")


def test_a_file_that_cannot_be_read_any_more(path: Path, monkeypatch: pytest.MonkeyPatch):
    def fails(*_: object) -> int:
        raise OSError(5, "Input/output error")

    images = opened(path)
    monkeypatch.setattr(os, "preadv", fails, raising=False)
    assert_refused(lambda: images[0], path, "Input/output error")


def test_a_read_may_come_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch):
    if not hasattr(os, "preadv"):
        pytest.skip("this system has no preadv")
    images, real = opened(path), os.preadv
    monkeypatch.setattr(os, "preadv", lambda file, buffers, place: real(file, (buffers[0][:13],), place))
    np.testing.assert_array_equal(images[::3], PIXELS[::3])


def test_the_file_is_open_as_long_as_somebody_refers_to_it(path: Path):
    images = opened(path)
    descriptor = images._file.descriptor
    if os.name != "nt":
        path.unlink()
    part = images.take([4])
    del images
    gc.collect()
    np.testing.assert_array_equal(part[0], PIXELS[4])
    del part
    gc.collect()
    with pytest.raises(OSError, match="descriptor"):
        os.fstat(descriptor)
