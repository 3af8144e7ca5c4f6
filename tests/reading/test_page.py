"""Several characters on one page: all found, in order, each with its box."""

import sys

import numpy as np
import pytest
from PIL import Image

from convlet.reading import read_image, read_page, upright
from convlet.reading.layout import laid_out, sheet_in
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


def test_low_ink_alone_and_a_ring_around_a_smudge() -> None:
    low = np.full((300, 300, 3), 255, np.uint8)
    low[50:250, 0:3] = 0
    low[140:148, 140:175] = 0
    assert laid_out(sheet_in(low), next_to=False) is not None
    y, x = np.mgrid[:300, :300] - 150
    away = np.hypot(x, y)
    smudge = np.maximum(np.abs(away - 70) < 8, 0.7 * np.exp(-((away / 17) ** 2) / 2))
    assert len(read_page(pixels(on_paper(smudge.astype(np.float32))), SHAPE, MNIST)) <= 1


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


def calls(picture: np.ndarray) -> tuple[list, int]:
    """Return the characters of a page, and how many functions were called to find them."""
    count = 0

    def called(_frame: object, event: str, _of: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(called)
    try:
        characters = read_page(picture, SHAPE, MNIST)
    finally:
        sys.setprofile(before)
    return characters, count


def test_a_page_of_noise_is_not_looked_at_mark_by_mark() -> None:
    """Thousands of specks, each of which might be a stroke of each other's character: a texture, and no page."""
    noise = np.kron(np.random.default_rng(0).random((300, 300)) < 0.05, np.ones((4, 4))).astype(np.uint8) * 255
    usual = pixels(lit(on_paper(page()[0])))
    assert text(read_page(usual, SHAPE, MNIST)) == LINES  # it also imports what is imported late
    _, least = calls(usual)
    nothing, few = calls(noise)
    assert nothing == []
    assert few < least
    some, more = calls(noise[:500, :500])
    assert len(some) > 50
    assert more < 20 * least  # in proportion to its 655 marks, not to their pairs
