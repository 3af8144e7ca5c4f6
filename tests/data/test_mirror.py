"""Photographs of things may be mirrored, characters may not."""

import numpy as np

import convlet
from convlet.data.mirror import may_mirror

THINGS = ("cats", "dogs", "cars")


def blobs(count: int, *, leaning: float) -> convlet.Split:
    """Colored noise with a bright blob; its place is left or right at random, or `leaning` to the left."""
    random = np.random.default_rng(11)
    images = random.integers(0, 120, (count, 24, 24, 3)).astype(np.uint8)
    for image in images:
        at = random.integers(2, 10) if random.random() < leaning else random.integers(12, 20)
        image[8:14, at : at + 4] = 250
    return convlet.Split(images, np.arange(count) % 3)


def test_pictures_without_a_direction_may() -> None:
    assert may_mirror(blobs(300, leaning=0.5), THINGS)


def test_pictures_that_lean_may_not() -> None:
    assert not may_mirror(blobs(300, leaning=0.9), THINGS)


def test_digits_may_not() -> None:
    assert not may_mirror(convlet.load("digits").train, tuple("0123456789"))


def test_one_image_of_a_class_says_nothing_against_it() -> None:
    assert may_mirror(blobs(3, leaning=1), THINGS)


def test_one_image_of_a_character_is_not_mirrored() -> None:
    assert not may_mirror(blobs(3, leaning=1), ("b", "d", "p"))


def test_characters_light_on_dark_and_dark_on_light_may_not() -> None:
    random = np.random.default_rng(12)
    images = random.integers(90, 110, (120, 24, 24, 3))
    for number, image in enumerate(images):
        top, left = random.integers(3, 8, 2)
        tone = 60 * random.choice([-1, 1])
        image[top : top + 14, left : left + 3] += tone  # the stem, and to its right an arm, above or below
        arm = top if number % 2 else top + 11
        image[arm : arm + 3, left + 3 : left + 10] += tone
    assert not may_mirror(convlet.Split(images.astype(np.uint8), np.arange(120) % 2), THINGS)
