"""Pictures of 12, 16 and 32 bits: one rule for all files, so that a dark one stays dark."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.errors import DataError
from convlet.reading import depth
from convlet.reading.decode import read_pixels
from tests.data.datafiles import save
from tests.images import encoded

RAMP = np.arange(0, 64, dtype=np.uint16).reshape(8, 8)  # of 64


def read(pixels: np.ndarray, form: str = "TIFF", **options: object) -> np.ndarray:
    return read_pixels(encoded(Image.fromarray(pixels), form, **options))[..., 0]


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
@pytest.mark.parametrize("white", [4095, 65535])
def test_images_of_one_sensor_keep_their_brightness(form: str, white: int):
    bright = (RAMP * (white // 63)).astype(np.uint16)
    bright[0, 0] = white
    dark = bright // (8 if white == 4095 else 12)  # below 256 of 12 bits, above 4095 of 16
    expected = np.rint(np.float32(255 / white) * dark)
    np.testing.assert_allclose(read(dark, form), expected, atol=1)
    np.testing.assert_allclose(read(bright, form)[-1, -1], 255, atol=5)
    assert read(dark, form).max() < 35


def test_a_dark_picture_of_12_bits_stays_dark_in_a_data_set(tmp_path: Path):
    for number, most in enumerate([4095, 4000, 900, 200, 60] * 4):
        save(Image.fromarray((RAMP * (most // 63)).astype(np.uint16)), tmp_path / f"{'ab'[number % 2]}/{number}.png")
    data = convlet.load(tmp_path)
    tones = [int(part.images[row].max()) for part in (data.train, data.test) for row in range(len(part))]
    assert sorted(set(tones)) == [0, 12, 55, 247, 255]


def test_tags_tell_what_white_is():
    dim = (RAMP * 16).astype(np.uint16)  # to 1008
    np.testing.assert_array_equal(read(dim), np.rint(dim * np.float32(255 / 4095)))
    np.testing.assert_array_equal(read(dim, tiffinfo={281: 1023}), np.rint(dim * np.float32(255 / 1023)))
    np.testing.assert_array_equal(read(dim, tiffinfo={281: 65535}), np.rint(dim * np.float32(255 / 65535)))


def test_a_pgm_file_says_its_own_maximum():
    head = b"P5 8 8 4095\n"
    np.testing.assert_allclose(
        read_pixels(head + (RAMP * 4).astype(">u2").tobytes())[..., 0], RAMP * 4 * 255 / 4095, atol=1
    )
    head = b"P5 8 8 65535\n"  # nearly black, whatever a sensor of 12 bits would have
    assert read_pixels(head + (RAMP * 4).astype(">u2").tobytes()).max() == 1


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        (np.array([[0, 1, 0.5]], np.float32), [0, 255, 128]),
        (np.array([[0, 0.1, 0.02]], np.float32), [0, 26, 5]),
        (np.array([[0, 255, 2]], np.float32), [0, 255, 2]),
        (np.array([[0, 200, 1.5]], np.float32), [0, 200, 2]),
        (np.array([[-5, 65535, 3000]], np.float32), [0, 255, 12]),
        (np.array([[0, 4095, 100]], np.int32), [0, 255, 6]),
        (np.array([[-3, 65535, 5000]], np.int32), [0, 255, 19]),
        (np.array([[0, 2**31 - 1, 2**30]], np.int32), [0, 255, 128]),
    ],
)
def test_fractions_and_32_bits(pixels: np.ndarray, expected: list[int]):
    assert read(pixels).tolist() == [expected]


@pytest.mark.parametrize(("value", "words"), [(np.nan, "not numbers"), (1e6, "run to 1e\\+06")])
def test_numbers_that_are_no_pixels_are_refused(value: float, words: str):
    with pytest.raises(DataError, match=words):
        read(np.array([[0, value]], np.float32))


def test_arrays_of_other_types():
    assert depth.of_array(RAMP.astype(np.uint8), "it").dtype == np.uint8
    assert depth.of_array(np.array([True, False]), "it").tolist() == [255, 0]
    assert depth.of_array(np.array([0, 0.5, 1 + 1e-8]), "it").tolist() == [0, 128, 255]
    assert depth.of_array(np.array([0, 1.5, 255]), "it").tolist() == [0, 2, 255]
    assert depth.of_array(np.array([0, 1, 255]), "it").tolist() == [0, 1, 255]
    assert depth.of_array(np.array([0, 2048], np.uint16), "it").tolist() == [0, 128]
    assert depth.of_array(np.array([256, 65535], np.uint16), "it").tolist() == [1, 255]


def test_large_pictures_are_converted_piece_by_piece(monkeypatch: pytest.MonkeyPatch):
    values = np.random.default_rng(0).random((50, 7)).astype(np.float32)
    whole = depth.of_array(values, "it")
    monkeypatch.setattr(depth, "_BLOCK", 20)
    np.testing.assert_array_equal(depth.of_array(values, "it"), whole)


def test_fractions_from_minus_1_to_1_are_refused_and_rounding_below_0_is_not():
    ramp = np.linspace(-1, 1, 64, dtype=np.float32).reshape(8, 8)
    with pytest.raises(DataError, match="run from -1 to 1; expected none below 0"):
        read(ramp)
    assert read(np.maximum(ramp, -0.05)).min() == 0
