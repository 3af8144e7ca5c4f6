"""Ink that fills its picture."""

import numpy as np
import pytest
from PIL import Image

from convlet.reading import read_image
from convlet.reading.broad import filling_ink
from tests.reading.drawings import MNIST, SHAPE, coverage, likeness, lit, on_paper, pixels, shadowed


def felt(digit: str, side: int = 300, pen: float = 55) -> np.ndarray:
    return lit(
        on_paper(coverage(digit, (side, side), (20, 20, side - 40), pen), (205, 190, 175), (10, 110, 60), 1.0), 0.2
    )


@pytest.mark.parametrize("digit", ["2", "4", "7"])
def test_a_felt_pen_cropped_tightly(digit: str) -> None:
    picture = Image.fromarray(pixels(felt(digit)))
    ink = filling_ink(picture)
    assert ink is not None
    assert ink.max() == 1
    thin = (coverage(digit, (200, 200), (50, 50, 100), 18) * 255).astype(np.uint8)
    assert likeness(read_image(np.asarray(picture), SHAPE, MNIST), read_image(thin, SHAPE, MNIST)) > 0.7


def test_a_table_around_or_beside_a_sheet_is_no_ink() -> None:
    table = np.full((300, 300, 3), 60.0)
    table[40:260, 50:250] = 220
    assert filling_ink(Image.fromarray(pixels(table))) is None
    table[:, 50:] = 220
    assert filling_ink(Image.fromarray(pixels(table))) is None


def test_neither_is_small_ink_nor_an_empty_picture() -> None:
    small = on_paper(coverage("4", (300, 300), (120, 120, 60), 8))
    assert filling_ink(Image.fromarray(pixels(small))) is None
    assert filling_ink(Image.new("RGB", (50, 50), "white")) is None
    noise = np.random.default_rng(0).integers(0, 256, (80, 80, 3), dtype=np.uint8)
    assert filling_ink(Image.fromarray(noise)) is None


def test_a_shadow_on_a_page_is_no_ink() -> None:
    ink = np.zeros((400, 600), np.float32)
    for place, digit in enumerate("50274"):
        np.maximum(ink, coverage(digit, (600, 400), (40 + 110 * place, 60 + 40 * place, 70), 5), out=ink)
    for soft in (0.01, 0.03, 0.1):
        for scene in (on_paper(ink), on_paper(ink, (120, 120, 120), (20, 20, 20))):
            assert filling_ink(Image.fromarray(pixels(shadowed(scene, 0.6, soft)))) is None


@pytest.mark.parametrize("soft", [0.01, 0.02, 0.04])
def test_a_shadow_as_wide_as_a_felt_pen_is_no_ink(soft: float) -> None:
    y, x = np.mgrid[:400, :400] / 400
    shade = 0.6 / (1 + np.exp(np.clip((np.abs(x - y) - 0.16) / soft, -30, 30)))
    scene = on_paper(coverage("4", (400, 400), (100, 100, 200), 20), pen=(60, 60, 60), strength=1.0)
    assert filling_ink(Image.fromarray(pixels(scene * (1 - shade)[..., np.newaxis]))) is None


def test_ink_with_many_holes_fills_no_picture() -> None:
    holes = felt("2")
    grid = np.zeros((300, 300), bool)
    grid[:, 60:240:30] = grid[60:240:30] = True
    grid[:60] = grid[240:] = grid[:, :60] = grid[:, 240:] = False
    wide = np.asarray(Image.fromarray(grid).resize((300, 300)))
    holes[:] = np.where(wide[..., np.newaxis], (10, 110, 60), (205, 190, 175))
    for shift in range(1, 8):
        holes[:, shift:] = np.minimum(holes[:, shift:], np.where(wide[:, :-shift, np.newaxis], (10, 110, 60), 255))
    assert filling_ink(Image.fromarray(pixels(holes))) is None


def test_a_digit_in_company_does_not_fill_its_picture() -> None:
    company = felt("2")
    for left in (16, 34, 52, 70):
        for top in (118, 136):
            company[top : top + 10, left : left + 8] = (10, 110, 60)
    assert filling_ink(Image.fromarray(pixels(company))) is None
