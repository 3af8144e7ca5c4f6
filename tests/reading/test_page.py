"""Several characters on one page: all found, in order, each with its box."""

import time

import numpy as np
import pytest
from PIL import Image

from convlet.reading import read_image, read_page, upright
from convlet.signature import Form
from tests.reading.drawings import (
    DIGITS,
    MNIST,
    SHAPE,
    coverage,
    jpeg,
    likeness,
    lit,
    on_paper,
    pixels,
    ruled,
    shadowed,
)

LINES = ("5027", "934", "74250")
CLEAN = {
    digit: read_image((coverage(digit, (200, 200), (50, 50, 100), 11) * 255).astype(np.uint8), SHAPE, MNIST)
    for digit in DIGITS
}


def page(
    lines=LINES, size=(800, 600), tall: float = 88, pen: float = 9, slope: float = 0.0
) -> tuple[np.ndarray, list[tuple[float, ...]]]:
    """Ink (height, width), 0 to 1, and left, top and side of each digit's square in reading order."""
    ink = np.zeros(size[::-1], np.float32)
    places = []
    for number, line in enumerate(lines):
        for place, digit in enumerate(line):
            x = size[0] * 0.1 + place * tall * 1.35
            places.append((x, size[1] * 0.12 + number * tall * 1.8 + slope * x, tall))
            np.maximum(ink, coverage(digit, size, places[-1], pen), out=ink)
    return ink, places


def text(characters) -> tuple[str, ...]:
    """Each character as the digit that it is most like, a string for each line."""
    named = [
        (max(CLEAN, key=lambda digit: likeness(character.image, CLEAN[digit])), character.line)
        for character in characters
    ]
    return tuple(
        "".join(digit for digit, line in named if line == number)
        for number in range(max(line for _, line in named) + 1)
    )


SCENES = {
    "paper": lambda ink: lit(on_paper(ink)),
    "a shadow": lambda ink: shadowed(lit(on_paper(ink))),
    "ruled": lambda ink: ruled(on_paper(ink), 60, 3, slope=0.02),
    "squared": lambda ink: lit(ruled(on_paper(ink), 45, 2, squared=True)),
    "chalk": lambda ink: lit(on_paper(ink, (40, 60, 50), (225, 225, 220))),
}


@pytest.mark.parametrize("kind", SCENES)
def test_every_character_in_order(kind: str):
    ink, _ = page()
    assert text(read_page(jpeg(pixels(SCENES[kind](ink))), SHAPE, MNIST)) == LINES


@pytest.mark.parametrize("slope", [-0.06, 0.06])
def test_lines_may_slope(slope: float):
    ink, _ = page(slope=slope)
    assert text(read_page(pixels(lit(on_paper(ink))), SHAPE, MNIST)) == LINES


def test_a_clean_drawing():
    ink, _ = page()
    assert text(read_page((255 - ink * 255).astype(np.uint8), SHAPE, MNIST)) == LINES


@pytest.mark.parametrize(("times", "turn"), [(1, 1), (3, 6)])
def test_boxes_are_in_pixels_of_the_upright_picture_at_its_own_size(times: int, turn: int):
    ink, places = page()
    photo = np.asarray(Image.fromarray(pixels(lit(on_paper(ink)))).resize((800 * times, 600 * times)))
    file = jpeg(np.ascontiguousarray(np.rot90(photo) if turn == 6 else photo), 90, turn)
    characters = read_page(file, SHAPE, MNIST)
    assert upright(file).size == (800 * times, 600 * times)
    assert len(characters) == len(places)
    for character, (x, y, side), digit in zip(characters, places, "".join(LINES), strict=True):
        points = np.array([point for stroke in DIGITS[digit] for point in stroke]) * side / 100 + (x, y)
        expected = np.concatenate([points.min(axis=0) - 4.5, points.max(axis=0) + 4.5]) * times
        assert np.abs(np.array(character.box) - expected).max() < 6 * times
        assert all(isinstance(value, int) for value in character.box)


def test_specks_are_no_characters_and_the_bar_of_a_5_is_part_of_it():
    ink, _ = page(("555", "777"))
    ink[250:550, 500:][np.random.default_rng(0).random((300, 300)) < 0.0005] = 1
    assert text(read_page(pixels(on_paper(ink)), SHAPE, MNIST)) == ("555", "777")


def test_an_empty_page_has_no_characters():
    assert read_page(np.full((300, 400, 3), 240, np.uint8), SHAPE, MNIST) == []
    assert read_page(pixels(lit(np.full((450, 600, 3), 230, np.float32))), SHAPE, MNIST) == []


def test_images_have_the_models_form():
    ink, _ = page(("42",))
    characters = read_page(pixels(on_paper(ink)), (40, 32, 3), Form(kind="ink", light=False, box=0.8, centre="box"))
    assert [character.image.shape for character in characters] == [(40, 32, 3)] * 2
    assert all(character.image.dtype == np.uint8 and np.median(character.image) == 255 for character in characters)


@pytest.mark.parametrize("side", [100, 200, 400])
def test_a_page_of_one_large_soft_drawing_has_one_character(side: int) -> None:
    small = np.full((28, 28), 255, np.uint8)
    small[4:24, 13:16] = 0
    small[21:24, 8:20] = 0
    large = np.asarray(Image.fromarray(small).resize((side, side), Image.Resampling.BICUBIC))
    (character,) = read_page(large, SHAPE, MNIST)
    assert character.image.max() == 255


def test_a_page_of_noise_takes_no_longer_than_a_page() -> None:
    """Thousands of specks, each possibly a stroke of another's character: a texture, not a page."""
    noise = np.kron(np.random.default_rng(0).random((300, 300)) < 0.05, np.ones((4, 4))).astype(np.uint8) * 255
    usual = pixels(lit(on_paper(page()[0])))
    began = time.process_time()
    assert text(read_page(usual, SHAPE, MNIST)) == LINES
    between = time.process_time()
    assert read_page(noise, SHAPE, MNIST) == []
    assert len(read_page(noise[:500, :500], SHAPE, MNIST)) > 50
    assert time.process_time() - between < 20 * (between - began)
