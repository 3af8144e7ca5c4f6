"""Near copies are found among many images, without false alarms."""

import tracemalloc

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.checks import check
from convlet.checks.duplicates import Readable, near, same
from convlet.checks.fingerprints import Axes, fingerprints
from convlet.data import Split
from convlet.system.watch import Watch
from tests.checks.pictures import again, kinds, picture


def groups(images: np.ndarray) -> list[list[int]]:
    split = Split(images, np.zeros(len(images), np.int64))
    prints = fingerprints(split, "train", Axes(split), Watch())
    among = np.flatnonzero(~prints.blank)
    return [group.tolist() for group in near(Readable([split.images]), prints.coarse, among, Watch())]


def test_images_of_few_pixels_are_not_compared(digits) -> None:
    images = np.concatenate([digits.train.images, digits.train.images[:5] // 2])
    assert groups(images) == []


def test_no_two_digits_of_mnist_are_copies(mnist) -> None:
    ones = mnist.train.images[mnist.train.labels == 1]  # of all digits those that people write most alike
    assert len(groups(ones)) <= 5


def test_copies_among_drawings_of_a_digit(mnist) -> None:
    images = mnist.train.images[:3_000].copy()
    copies = np.stack([np.asarray(again(Image.fromarray(one[..., 0]), "jpeg")) for one in images[:100]])[
        ..., np.newaxis
    ]
    found = groups(np.concatenate([images, copies]))
    assert sum(group in found for group in ([number, 3_000 + number] for number in range(100))) >= 90


def test_flat_pictures_with_one_small_thing_are_no_copies() -> None:
    random = np.random.default_rng(5)
    images = np.full((300, 32, 32, 1), 255, np.uint8)
    for image, place in zip(images, random.choice(27 * 27, 300, replace=False), strict=True):
        top, left = divmod(int(place), 27)
        image[top : top + 5, left : left + 5] = random.integers(0, 120, (5, 5, 1))
    assert groups(images) == []


def test_nearly_flat_pictures_are_no_copies() -> None:
    random = np.random.default_rng(6)
    tones = random.integers(30, 220, (400, 1, 1, 3))
    images = (tones + random.integers(-12, 13, (400, 32, 32, 3))).astype(np.uint8)
    assert groups(images) == []


def test_large_pictures_that_look_alike_only_at_a_glance_are_no_copies() -> None:
    images = np.stack([np.asarray(picture(seed, 64)) for seed in range(60)])
    assert groups(np.concatenate([images, np.roll(images, 4, axis=2)])) == []


def test_the_same_pixels_are_grouped() -> None:
    exact = np.array([[1, 2], [3, 4], [1, 2], [3, 5], [1, 2]], np.uint64)
    assert [group.tolist() for group in same(exact, np.arange(5))] == [[0, 2, 4]]
    assert [group.tolist() for group in same(exact, np.array([1, 2, 4]))] == [[2, 4]]
    assert same(exact, np.array([], np.int64)) == []


@pytest.mark.slow
def test_many_images_are_compared_in_bounded_memory() -> None:
    random = np.random.default_rng(1)
    images = random.integers(0, 256, (20_000, 24, 24, 3), dtype=np.uint8)
    images[15_000] = images[7]
    dataset = convlet.Dataset.from_arrays(images, np.arange(20_000) % 10)
    tracemalloc.start()
    try:
        found = check(dataset)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "same-image-two-labels" in kinds(found) or "copies" in kinds(found) or "image-in-two-splits" in kinds(found)
    assert peak < 100 * 2**20, f"{peak / 2**20:.0f} MiB, besides the images themselves"


def test_pictures_read_across_splits() -> None:
    parts = [np.stack([np.asarray(picture(10 * part + number)) for number in range(3)]) for part in range(3)]
    wanted = np.array([8, 0, 4, 4])
    read = Readable(parts).read(wanted)
    assert (read == np.concatenate(parts)[wanted]).all()
