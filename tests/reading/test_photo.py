"""What people photograph: each scene is read like the same character on a clean background."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter

from convlet.reading import read_image
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

SIZE = (800, 600)
ALIKE = 0.9
PENCIL = (100, 100, 105)


def ink(digit: str, pen: float = 18, box: tuple[float, float, float] = (250, 150, 250)) -> np.ndarray:
    return coverage(digit, SIZE, box, pen)


def speckled(scene: np.ndarray) -> np.ndarray:
    random = np.random.default_rng(3)
    for y, x in random.integers(5, (590, 790), (60, 2)):
        scene[y : y + 3, x : x + 3] = 90
    return scene


def second_sheet(scene: np.ndarray) -> np.ndarray:
    y, x = np.mgrid[: scene.shape[0], : scene.shape[1]]
    scene = np.where((x + 0.04 * y < 110)[..., np.newaxis], np.float32((90, 70, 50)), scene)
    return np.where((y > 520)[..., np.newaxis], scene * np.float32(0.8), scene)


def on_a_table(digit: str, table: tuple[int, int, int], side: int, place: tuple[int, int]) -> np.ndarray:
    sheet = Image.fromarray(on_paper(ink(digit)).astype(np.uint8)).crop((150, 50, 650, 550)).convert("RGBA")
    scene = Image.new("RGBA", SIZE, table)
    scene.alpha_composite(sheet.rotate(8, expand=True, resample=Image.Resampling.BICUBIC).resize((side, side)), place)
    return np.asarray(scene.convert("RGB"), np.float32)


def screen(digit: str) -> np.ndarray:
    y, x = np.mgrid[:600, :800]
    moire = 1 + 0.08 * np.sin(x * 1.9 + 0.1 * y) * np.sin(y * 1.7)
    scene = on_paper(ink(digit), (200, 215, 230), (15, 15, 20)) * moire[..., np.newaxis]
    scene[:40] = scene[-50:] = scene[:, :60] = scene[:, -30:] = 15
    return scene


def whiteboard(digit: str) -> np.ndarray:
    y, x = np.mgrid[:600, :800]
    scene = lit(on_paper(ink(digit), (205, 208, 212), (60, 90, 170), 0.7), 0.3)
    return scene + (255 - scene) * np.exp(-((x - 620) ** 2 + (y - 120) ** 2) / 8000.0)[..., np.newaxis]


PHOTOGRAPHS = {
    "a lamp to one side": lambda digit: lit(on_paper(ink(digit))),
    "hair": lambda digit: lit(on_paper(ink(digit, 3))),
    "marker": lambda digit: lit(on_paper(ink(digit, 55, (200, 80, 420)))),
    "marker in a shadow": lambda digit: shadowed(on_paper(ink(digit, 55, (200, 80, 420)))),
    "a hand's shadow": lambda digit: shadowed(lit(on_paper(ink(digit)))),
    "pencil in a shadow": lambda digit: shadowed(lit(on_paper(ink(digit, 4), pen=PENCIL, strength=0.6)), 0.5),
    "a hard shadow": lambda digit: shadowed(on_paper(ink(digit, 4)), 0.5, 0.008),
    "faint pencil": lambda digit: lit(on_paper(ink(digit, 6), pen=PENCIL, strength=0.35)),
    "ruled": lambda digit: lit(ruled(on_paper(ink(digit)), 70, 3, slope=0.03)),
    "squared": lambda digit: lit(ruled(on_paper(ink(digit, 4)), 50, 2, squared=True, slope=0.05)),
    "red on squares": lambda digit: ruled(on_paper(ink(digit), pen=(190, 40, 50)), 40, 2, squared=True),
    "yellow": lambda digit: on_paper(ink(digit), (255, 255, 255), (250, 220, 40)),
    "chalk": lambda digit: lit(on_paper(ink(digit), (40, 60, 50), (225, 225, 220))),
    "in a corner": lambda digit: lit(on_paper(ink(digit, 10, (640, 430, 140)))),
    "other sheets": lambda digit: lit(second_sheet(on_paper(ink(digit)))),
    "specks": lambda digit: speckled(on_paper(ink(digit))),
    "a sheet on a dark table": lambda digit: on_a_table(digit, (70, 50, 40), 420, (220, 70)),
    "a small sheet on a dark table": lambda digit: lit(on_a_table(digit, (60, 50, 45), 300, (80, 240))),
    "a sheet on a light table": lambda digit: lit(on_a_table(digit, (150, 120, 90), 500, (280, 60))),
    "a screen": screen,
    "a whiteboard": whiteboard,
}


def clean(digit: str) -> np.ndarray:
    return read_image((coverage(digit, (200, 200), (50, 50, 100), 11) * 255).astype(np.uint8), SHAPE, MNIST)


@pytest.mark.parametrize("kind", PHOTOGRAPHS)
@pytest.mark.parametrize("digit", ["2", "5"])
def test_photographs(kind: str, digit: str):
    read = read_image(jpeg(pixels(PHOTOGRAPHS[kind](digit))), SHAPE, MNIST)
    assert likeness(read, clean(digit)) > ALIKE


def paper_white(digit: str, side: int, box: tuple[float, float, float], pen: float) -> Image.Image:
    return Image.fromarray((255 - coverage(digit, (side, side), box, pen) * 255).astype(np.uint8)).convert("RGB")


def framed(digit: str, inset: int, width: int) -> Image.Image:
    image = paper_white(digit, 300, (90, 80, 140), 14)
    ImageDraw.Draw(image).rectangle((inset, inset, 299 - inset, 299 - inset), outline="black", width=width)
    return image


def paint_program(digit: str) -> Image.Image:
    image = Image.new("RGB", (640, 480), "white")
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 639, 60), fill=(240, 240, 240))
    draw.rectangle((0, 0, 50, 479), fill=(225, 228, 230))
    draw.line((0, 60, 640, 60), fill=(180, 180, 180))
    for tool in range(12):
        draw.rectangle((60 + tool * 30, 20, 78 + tool * 30, 40), outline=(60, 60, 60))
        draw.text((64 + tool * 30, 22), "AB"[tool % 2], fill=(20, 20, 200))
    image.paste(
        "black", mask=Image.fromarray((coverage(digit, (640, 480), (220, 150, 220), 22) * 255).astype(np.uint8))
    )
    return image


def canvas_on_grey(digit: str) -> Image.Image:
    image = Image.new("RGB", (640, 480), (200, 200, 205))
    image.paste("white", (100, 80, 540, 400))
    image.paste(
        (200, 0, 0), mask=Image.fromarray((coverage(digit, (640, 480), (220, 130, 220), 22) * 255).astype(np.uint8))
    )
    return image


DRAWINGS = {
    "a thick frame at the edge": lambda digit: framed(digit, 0, 20),
    "a thin frame at the edge": lambda digit: framed(digit, 0, 2),
    "a frame": lambda digit: framed(digit, 20, 4),
    "a paint program": paint_program,
    "a canvas on grey": canvas_on_grey,
    "20 pixels": lambda digit: paper_white(digit, 20, (4, 3, 13), 1.5),
    "60 pixels": lambda digit: paper_white(digit, 60, (12, 9, 39), 4),
    "a tight crop": lambda digit: paper_white(digit, 120, (-4, 8, 112), 13),
}


@pytest.mark.parametrize("kind", DRAWINGS)
@pytest.mark.parametrize("digit", ["2", "5", "7"])
def test_drawings(kind: str, digit: str):
    assert likeness(read_image(np.asarray(DRAWINGS[kind](digit)), SHAPE, MNIST), clean(digit)) > ALIKE


@pytest.mark.parametrize("noise", [2, 6, 9])
@pytest.mark.parametrize("digit", ["3", "4", "9"])
def test_out_of_focus_and_noisy(digit: str, noise: float):
    soft = Image.fromarray((coverage(digit, (260, 300), (60, 50, 200), 22) * 255).astype(np.uint8)).filter(
        ImageFilter.GaussianBlur(7)
    )
    scene = 225 * (1 - 0.6 * np.asarray(soft, np.float32) / 255)
    noisy = np.clip(scene + np.random.default_rng(int(digit)).normal(0, noise, scene.shape), 0, 255)
    assert likeness(read_image(noisy.astype(np.uint8), SHAPE, MNIST), clean(digit)) > ALIKE


def test_strokes_that_do_not_touch_stay_together_and_a_neighbour_does_not():
    bar = Image.new("L", (300, 300))
    draw = ImageDraw.Draw(bar)
    draw.line([(100, 100), (95, 150), (140, 150), (150, 190), (100, 215)], fill=255, width=12, joint="curve")
    joined = bar.copy()
    ImageDraw.Draw(joined).line([(100, 100), (160, 95)], fill=255, width=12)
    draw.line([(122, 98), (168, 94)], fill=255, width=12)  # a gap before the bar of the "5"
    beside = bar.copy()
    ImageDraw.Draw(beside).line([(230, 92), (225, 170)], fill=255, width=12)  # the beginning of another character
    expected = read_image(np.asarray(joined), SHAPE, MNIST)
    assert likeness(read_image(np.asarray(bar), SHAPE, MNIST), expected) > ALIKE
    assert likeness(read_image(np.asarray(beside), SHAPE, MNIST), expected) > ALIKE


def test_the_digits_are_told_apart_by_the_measure_of_these_tests():
    readings = [clean(digit) for digit in DIGITS]
    assert max(likeness(one, other) for i, one in enumerate(readings) for other in readings[:i]) < ALIKE - 0.1


@pytest.mark.parametrize("side", [0, 1, 2, 3])
def test_a_table_along_one_side_of_a_small_picture_is_no_character(side: int) -> None:
    ink = coverage("2", (250, 250), (110, 40, 90), 12)
    clean = on_paper(ink, (235, 240, 250), (40, 60, 180), 1.0)
    beside = np.rot90(clean, side).copy()
    beside[:, :22] = 45
    beside = np.rot90(beside, -side)
    assert likeness(read_image(pixels(beside, 1.0), SHAPE, MNIST), read_image(pixels(clean, 1.0), SHAPE, MNIST)) > 0.95


def test_a_bar_along_the_border_of_a_tight_crop_stays() -> None:
    from convlet.reading.photo import character_in

    ink = np.zeros((240, 200), bool)
    ink[:14] = True  # the bar of a 5 stands off
    ink[30:120, 20:34] = ink[106:120, 20:186] = ink[106:240, 186:200] = ink[226:240, :190] = True
    cut = character_in(Image.fromarray(np.where(ink, 20, 240).astype(np.uint8)).convert("RGB"))
    assert cut is not None
    assert (cut > 0.5).sum() > 0.95 * ink.sum()
