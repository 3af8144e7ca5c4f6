"""Photographs of things may be mirrored, characters may not."""

import numpy as np

import convlet
from convlet.data.mirror import may_mirror


def blobs(count: int, *, leaning: float) -> convlet.Split:
    """Colored noise with a bright blob; its place is left or right at random, or `leaning` to the left."""
    random = np.random.default_rng(11)
    images = random.integers(0, 120, (count, 24, 24, 3)).astype(np.uint8)
    for image in images:
        at = random.integers(2, 10) if random.random() < leaning else random.integers(12, 20)
        image[8:14, at : at + 4] = 250
    return convlet.Split(images, np.arange(count) % 3)


def test_pictures_without_a_direction_may() -> None:
    assert may_mirror(blobs(300, leaning=0.5))


def test_pictures_that_lean_may_not() -> None:
    assert not may_mirror(blobs(300, leaning=0.9))


def test_digits_may_not() -> None:
    assert not may_mirror(convlet.load("digits").train)


def test_one_image_of_a_class_says_nothing_against_it() -> None:
    assert may_mirror(blobs(3, leaning=1))
