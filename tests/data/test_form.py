"""Ink on a background is distinguished from pictures, and measured."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

import convlet
from convlet.data import Split
from convlet.data.form import measured_form
from convlet.signature import Form


def split(images: np.ndarray) -> Split:
    return Split(images, np.zeros(len(images), np.int64))


def characters(count: int, side: int, box: int, *, by_mass: bool, seed: int = 0) -> np.ndarray:
    """Light zigzags on black, the longer side of each `box` pixels, placed by their center of mass or their box's."""
    random = np.random.default_rng(seed)
    images = np.zeros((count, side, side), np.uint8)
    for image in images:
        points = random.uniform(0, 1, (4, 2)) ** (
            1,
            2,
        )  # more ink at the top, so that mass and box have different centres
        points = (points - points.min(0)) / np.ptp(points, axis=0) * (random.uniform(0.4, 1), 1) * (box * 4 - 9) + 4
        drawn = Image.new("L", (box * 4, box * 4))
        ImageDraw.Draw(drawn).line([tuple(point) for point in points], fill=255, width=8, joint="curve")
        ink = np.asarray(drawn.reduce(4))
        rows, columns = np.flatnonzero(ink.any(1)), np.flatnonzero(ink.any(0))
        ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        if by_mass:
            y, x = (np.average(np.arange(n), weights=ink.sum(axis)) for n, axis in zip(ink.shape, (1, 0), strict=True))
        else:
            y, x = (n / 2 for n in ink.shape)
        top, left = round(side / 2 - y), round(side / 2 - x)
        top, left = min(max(top, 0), side - ink.shape[0]), min(max(left, 0), side - ink.shape[1])
        image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return images


@pytest.mark.parametrize("by_mass", [True, False])
def test_light_characters(by_mass: bool):
    form, why = measured_form(split(characters(300, 28, 20, by_mass=by_mass)))
    assert "light strokes" in why
    assert (form.kind, form.light, form.centre) == ("ink", True, "mass" if by_mass else "box")
    assert form.box == pytest.approx(20 / 28, abs=1.01 / 28)


def test_dark_characters_on_white_in_three_channels():
    images = np.repeat(255 - characters(100, 64, 50, by_mass=False)[..., np.newaxis], 3, axis=-1)
    form, why = measured_form(split(images))
    assert "dark strokes" in why
    assert (form.kind, form.light) == ("ink", False)
    assert form.box == pytest.approx(50 / 64, abs=2 / 64)


def test_the_embedded_digits():
    form, _ = measured_form(convlet.load("digits").train)
    assert (form.kind, form.light, form.box) == ("ink", True, 1.0)


def garments(count: int) -> np.ndarray:
    """Textured shapes that fill most of the image, light on black."""
    random = np.random.default_rng(5)
    images = np.zeros((count, 28, 28), np.uint8)
    for image in images:
        half, sleeve = random.integers(6, 10), random.integers(8, 20)
        image[:, 14 - half : 14 + half] = random.integers(90, 220)
        image[2:sleeve, 2:26] = random.integers(90, 220)
        image[image > 0] += random.integers(0, 30, np.count_nonzero(image), dtype=np.uint8)
    return images


def hands(count: int) -> np.ndarray:
    """Photographs of thin gray things on a bright wall: light from one side, and a soft shadow."""
    random = np.random.default_rng(6)
    rows, columns = np.mgrid[:48, :48]
    images = []
    for _ in range(count):
        lean, wide = random.uniform(-0.4, 0.4), random.uniform(5, 7)
        across = (columns - 24 - lean * (rows - 24)) / wide
        thing = np.abs(across) < 1
        shadow = 70 * np.exp(-(((columns - 34) / 8) ** 2))
        images.append(np.where(thing & (rows > 2), 120 + 50 * across, 225 - shadow * (rows > 2)))
    return np.array(images).astype(np.uint8)


@pytest.mark.parametrize(
    ("images", "why"),
    [
        (garments(200), "broad shapes"),
        (hands(40), "shaded things"),
        (np.random.default_rng(1).integers(0, 256, (100, 28, 28), dtype=np.uint8), "do not share a background"),
        (np.random.default_rng(2).integers(0, 256, (100, 32, 32, 3), dtype=np.uint8), "in color"),
        (np.stack([characters(100, 28, 20, by_mass=True)] + 2 * [np.zeros((100, 28, 28), np.uint8)], axis=-1), "color"),
        (np.zeros((50, 28, 28), np.uint8), "of a single tone"),
        (np.zeros((50, 3, 28), np.uint8), "smaller than 4"),
        (np.concatenate([characters(100, 28, box, by_mass=True) for box in (8, 12, 18, 26)]), "different sizes"),
    ],
    ids=[
        "garments",
        "hands",
        "noise",
        "color noise",
        "colored characters",
        "nothing",
        "narrow",
        "characters of all sizes",
    ],
)
def test_anything_else_is_pictures_and_the_reason_is_told(images: np.ndarray, why: str):
    form, told = measured_form(split(images))
    assert form == Form()
    assert why in told
