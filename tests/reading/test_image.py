"""Pictures are resized; ink in the data's form stays unchanged; clean drawings are drawn like the data."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.reading import read_image
from convlet.signature import Form
from tests.reading.drawings import DIGITS, MNIST, SHAPE, coverage, likeness

PIXELS = np.random.default_rng(2).integers(0, 256, (8, 6), dtype=np.uint8)


def saved(tmp_path: Path, pixels: np.ndarray) -> Path:
    Image.fromarray(pixels).save(tmp_path / "image.png")
    return tmp_path / "image.png"


@pytest.mark.parametrize("form", [None, Form(kind="picture")])
def test_a_picture_of_the_models_size_passes_unchanged(tmp_path: Path, form: Form | None):
    np.testing.assert_array_equal(read_image(saved(tmp_path, PIXELS), (8, 6, 1), form), PIXELS[..., np.newaxis])


def test_grey_for_a_colour_model_is_repeated(tmp_path: Path):
    read = read_image(saved(tmp_path, PIXELS), (8, 6, 3))
    assert read.shape == (8, 6, 3)
    np.testing.assert_array_equal(read[..., 0], read[..., 2])


def test_colour_for_a_grey_model_becomes_grey(tmp_path: Path):
    read = read_image(saved(tmp_path, np.repeat(PIXELS[..., np.newaxis], 3, axis=-1)), (8, 6, 1))
    np.testing.assert_array_equal(read[..., 0], PIXELS)


def test_a_picture_of_another_size_is_fitted_whole_into_its_borders_colour():
    picture = np.full((200, 400, 3), (10, 200, 30), np.uint8)
    picture[80:120, 180:220] = (250, 0, 0)
    read = read_image(picture, (32, 32, 3))
    assert read.shape == (32, 32, 3)
    assert (np.abs(read[[0, 4, 27, 31]].astype(int) - (10, 200, 30)) < 3).all()  # above and below as well
    assert read[16, 16, 0] > 200
    columns = np.flatnonzero((read[..., 0] > 130).any(axis=0))
    assert (columns[0], columns[-1]) == (14, 17)  # not stretched


def test_sides_within_a_tenth_are_stretched():
    picture = np.zeros((105, 100, 3), np.uint8)
    picture[:, :50] = 255
    read = read_image(picture, (20, 20, 1))[..., 0]
    assert (read[:, :9] > 240).all()
    assert (read[:, 11:] < 15).all()


def test_fine_texture_is_averaged_not_sampled():
    stripes = np.zeros((640, 640), np.uint8)
    stripes[:, ::2] = 255
    assert np.ptp(read_image(stripes, (32, 32, 1))[2:-2, 2:-2].astype(int)) < 20


def mnist_like(digit: str) -> np.ndarray:
    return read_image((coverage(digit, (280, 280), (40, 40, 200), 22) * 255).astype(np.uint8), SHAPE, MNIST)


@pytest.mark.parametrize("digit", DIGITS)
def test_an_image_in_the_datas_form_passes_bit_for_bit(digit: str, tmp_path: Path):
    image = mnist_like(digit)
    image[3, 3] = 5  # what a reading anew would clean away
    np.testing.assert_array_equal(read_image(image, SHAPE, MNIST), image)
    np.testing.assert_array_equal(read_image(saved(tmp_path, image[..., 0]), SHAPE, MNIST), image)
    np.testing.assert_array_equal(read_image(255 - image, SHAPE, MNIST), image)
    np.testing.assert_array_equal(read_image(image, (28, 28, 3), MNIST), np.repeat(image, 3, axis=-1))


@pytest.mark.parametrize("digit", DIGITS)
def test_a_drawing_gets_the_datas_size_place_and_strength(digit: str):
    read = mnist_like(digit)[..., 0].astype(float)
    rows, columns = np.flatnonzero((read > 100).any(axis=1)), np.flatnonzero((read > 100).any(axis=0))
    assert 19 <= max(np.ptp(rows), np.ptp(columns)) + 1 <= 21
    assert read.max() == 255
    assert np.average(np.arange(28), weights=read.sum(axis=1)) == pytest.approx(14, abs=0.5)
    assert np.average(np.arange(28), weights=read.sum(axis=0)) == pytest.approx(14, abs=0.5)


@pytest.mark.parametrize("pen", [1, 3, 8, 20, 60])
def test_hair_and_marker_become_a_stroke_of_the_datas_width(pen: int):
    read = (
        read_image(255 - (coverage("0", (400, 400), (80, 60, 260), pen) * 255).astype(np.uint8), SHAPE, MNIST)[14, :, 0]
        / 255
    )
    assert 2.5 < read.sum() < 11.5  # two strokes of 2 to 4.5 pixels, cut by the middle row, and their grey edges


@pytest.mark.parametrize("place", [(2, 2), (10, 6), (0, 9)])
@pytest.mark.parametrize("light", [True, False])
def test_place_and_polarity_make_no_difference(place: tuple[int, int], light: bool):
    image = mnist_like("5")[..., 0]
    moved = np.zeros((44, 44), np.uint8)
    moved[place[0] : place[0] + 28, place[1] : place[1] + 28] = image
    assert likeness(read_image(moved if light else 255 - moved, SHAPE, MNIST), image[..., np.newaxis]) > 0.99


def test_other_forms():
    dark = Form(kind="ink", light=False, box=0.9, centre="box")
    read = read_image((coverage("7", (300, 300), (20, 30, 120), 12) * 255).astype(np.uint8), (64, 48, 3), dark)
    assert read.shape == (64, 48, 3)
    ink = read[..., 0] < 100
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == pytest.approx(0.9 * 48, abs=1.5)
    assert (rows[0] + rows[-1] + 1) / 2 == pytest.approx(32, abs=1)
    assert (columns[0] + columns[-1] + 1) / 2 == pytest.approx(24, abs=1)


@pytest.mark.parametrize("value", [0, 90, 255])
def test_a_blank_is_the_datas_ground(value: int):
    for side in (28, 90, 400):
        blank = np.full((side, side), value, np.uint8)
        assert not read_image(blank, SHAPE, MNIST).any()
        assert (read_image(blank, SHAPE, Form(kind="ink", light=False)) == 255).all()


def test_an_empty_sheet_is_blank():
    random = np.random.default_rng(0)
    y, x = np.mgrid[:600, :800]
    sheet = (230 - 60 * x / 800 - 30 * y / 600 + random.normal(0, 4, x.shape)).astype(np.uint8)
    assert not read_image(np.repeat(sheet[..., np.newaxis], 3, axis=-1), SHAPE, MNIST).any()


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (2, 3), (9, 700)])
def test_strange_shapes_are_read(shape: tuple[int, int]):
    pixels = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    assert read_image(pixels, SHAPE, MNIST).shape == SHAPE
    assert read_image(pixels, SHAPE).shape == SHAPE


@pytest.mark.parametrize(
    "filter_", [Image.Resampling.NEAREST, Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.LANCZOS]
)
@pytest.mark.parametrize("side", [24, 80, 240])
def test_an_enlarged_training_image_is_read_as_the_image(run, digits, side: int, filter_: Image.Resampling) -> None:
    """Eight pixels that fill their image: made large they are a soft picture with ink at every edge."""
    predictor = run.predictor()
    images = digits.test.images[:40]
    enlarged = [np.asarray(Image.fromarray(image[..., 0]).resize((side, side), filter_)) for image in images]
    read = np.stack([predictor.read(pixels) for pixels in enlarged])
    same = predictor.probabilities(read).argmax(axis=1) == predictor.probabilities(images).argmax(axis=1)
    assert same.mean() >= 0.9


def test_a_small_image_dark_on_light_is_turned_around(run, digits) -> None:
    predictor = run.predictor()
    images = digits.test.images[:40]
    np.testing.assert_array_equal([predictor.read(255 - image[..., 0]) for image in images], images)
