"""Images of any size in a temporary file, and one scale for the arrays of a data set."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from convlet import Dataset
from convlet.data.held import Held, scaled_alike
from convlet.system.watch import Watch
from tests.data.datafiles import assert_refused
from tests.images import encoded

SIZES = ((20, 30), (18, 33), (24, 24, 3))
SCALES = [(np.uint16, 65535), (np.uint16, 4095), (np.int64, 255), (np.uint8, 16), (np.float64, 255), (np.float32, 1)]
MAKERS = {
    "pairs": lambda images, labels, test, **more: Dataset.from_pairs(
        zip(images, labels, strict=True), test=list(zip(*test, strict=True)), **more
    ),
    "arrays": lambda images, labels, test, **more: Dataset.from_arrays(images, labels, test=test, **more),
}


def plain(levels: np.ndarray, dtype: type) -> list[np.ndarray]:
    """A uniform image for each level, of mixed sizes."""
    return [np.full(SIZES[row % len(SIZES)], level, dtype) for row, level in enumerate(levels)]


def content(held: Held, row: int) -> bytes:
    ((file, start, size),) = held.places(np.array([row]))
    return Path(file).read_bytes()[start : start + size]


def shown(held: Held) -> list[int]:
    """The level of each plain image."""
    found = [set(content(held, row).partition(b"\n")[2]) for row in range(len(held))]
    assert [len(levels) for levels in found] == [1] * len(found)
    return [level for (level,) in found]


@pytest.mark.parametrize(("dtype", "white"), SCALES)
def test_arrays_of_mixed_sizes_have_one_scale_settled_by_train(dtype: type, white: int) -> None:
    levels = np.random.default_rng(3).permutation(np.linspace(0, 1, 24)) * white
    train, test = (plain(some if white == 1 else np.rint(some), dtype) for some in (levels, levels[:5] / 100))
    notes: list[str] = []
    held = {name: Held(images, name) for name, images in (("train", train), ("test", test))}
    made = scaled_alike(held, Watch(on_note=notes.append))
    for name, images in (("train", train), ("test", test)):
        assert shown(made[name]) == [round(float(image.flat[0]) * 255 / white) for image in images]
    assert [note.partition(":")[0] for note in notes] == ["train"] * (white != 255)


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
def test_a_data_set_of_arrays_of_mixed_sizes_has_that_scale(make: Callable[..., Dataset]) -> None:
    levels = np.random.default_rng(4).permutation(np.linspace(0, 65535, 24).round())
    data = make(plain(levels, np.uint16), [0, 1] * 12, (plain(levels[:5] / 100, np.uint16), [0, 1, 0, 1, 0]))
    for split, expected in ((data.train, levels / 257), (data.test, levels[:5] / 25700)):
        assert (split.images.min(axis=(1, 2, 3)) == split.images.max(axis=(1, 2, 3))).all()
        np.testing.assert_allclose(split.images[:, 0, 0, 0], expected, atol=0.51)


def test_a_fourth_channel_has_the_scale_of_the_others() -> None:
    whole = [np.full((9, 8, 4), [*[level] * 3, 255.0]) for level in range(0, 256, 5)]
    made = scaled_alike({"train": Held(whole, "train"), "test": Held(whole[:1], "test")}, Watch())
    assert (shown(made["train"]), shown(made["test"])) == ([*range(0, 256, 5)], [0])


def test_files_and_pillow_images_are_as_they_were_beside_arrays_of_other_types() -> None:
    file = encoded(Image.new("L", (9, 8), 3))
    train = Held([file, np.full((5, 4), 0.25), Image.new("L", (4, 5), 99)], "train")
    notes: list[str] = []
    watch = Watch(on_note=notes.append)
    made = scaled_alike({"train": train, "test": Held([np.full((3, 4), 3, np.uint16)], "test")}, watch)
    assert made["train"].types == []
    assert [content(made["train"], row)[-1] for row in (1, 2)] == [64, 99]
    assert content(made["train"], 0) == file
    assert content(made["test"], 0)[-1] == 255  # train has no array of that type
    assert [note.partition(":")[0] for note in notes] == ["train", "test"]


def test_the_file_ends_with_the_images() -> None:
    held = Held([np.full((5, 4), 200, np.uint8), np.full((3, 4), 3, np.uint8)], "train")
    assert scaled_alike({"train": held}, Watch())["train"] is held
    scaled = held.scaled({np.dtype(np.uint8): 201})
    first, second = (Path(one.places(np.array([0]))[0][0]) for one in (held, scaled))
    assert [content(scaled, row)[-1] for row in (0, 1)] == [254, 4]
    del held
    assert (first.exists(), second.exists()) == (False, True)
    del scaled
    assert not second.exists()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((3, np.float32(-0.5)), ("pairs: train: image 3", "float32 from -0.5")),
        ((4, np.float32(np.nan)), ("pairs: train: image 4", "float32 from nan")),
        ((5, np.float32(7.5)), ("pairs: train: pixels of type float32 run from 0 to 7.5", "expected 0 to 1")),
        ((6, np.complex64(1)), ("pairs: train: image 6", "complex64")),
    ],
)
def test_an_array_that_has_no_pixels_is_named(change: tuple[int, Any], words: tuple[str, ...]) -> None:
    images = plain(np.linspace(0, 1, 24), np.float32)
    row, number = change
    images[row] = np.full((9, 9), number)
    assert_refused(lambda: Dataset.from_pairs(zip(images, [0, 1] * 12, strict=True)), *words)


def test_pixels_beyond_those_of_train() -> None:
    train, test = (plain(np.linspace(0, most, 24), np.uint16) for most in (4000, 5000))
    assert_refused(
        lambda: Dataset.from_arrays(train, [0, 1] * 12, test=(test, [0, 1] * 12)),
        "arrays: test: image 19: pixels from 4130 to 4130; expected 0 to 4095, as in train",
    )
