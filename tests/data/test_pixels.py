"""Pixels of any usual range, type and order become uint8 from 0 to 255, channels last."""

import numpy as np
import pytest

from convlet.data.pixels import Scale, as_images, in_8_bits, raw_of, scale_of
from convlet.errors import DataError
from convlet.system.watch import Watch

RAMP = np.arange(2 * 8 * 8).reshape(2, 8, 8) / 127  # 0 to 1


def settled(given: np.ndarray, notes: list[str] | None = None) -> Scale:
    return scale_of(raw_of(given), "x", Watch(on_note=(notes if notes is not None else []).append))


@pytest.mark.parametrize("white", [1, 3, 15, 16, 255, 4095, 65535])
def test_whole_numbers_end_at_a_usual_white(white: int) -> None:
    pixels = np.rint(RAMP * white).astype(np.uint16)
    scale = settled(pixels)
    assert scale == Scale(white)
    images = as_images(raw_of(pixels), scale, "x")
    assert images.dtype == np.uint8
    assert (images.min(), images.max()) == (0, 255)
    assert np.abs(images - pixels * (255 / white)).max() <= 0.5


@pytest.mark.parametrize(
    ("pixels", "white"),
    [(RAMP > 0.5, 1), (RAMP.astype(np.float16), 1), (RAMP * 200, 255), (RAMP * 0, 255), (RAMP + 1e-7, 1)],
)
def test_truth_values_and_fractions(pixels: np.ndarray, white: int) -> None:
    assert settled(pixels).white == white


def test_uint8_pixels_are_left_as_they_are() -> None:
    pixels = (RAMP * 255).astype(np.uint8)
    assert as_images(raw_of(pixels), settled(pixels), "x") is pixels


def test_channels_come_last_and_rows_become_squares() -> None:
    pixels = (RAMP * 255).astype(np.uint8)
    color = np.stack([pixels, 255 - pixels, pixels // 2], 1)
    notes: list[str] = []
    assert settled(color, notes) == Scale(255, "first")
    np.testing.assert_array_equal(as_images(raw_of(color), Scale(255, "first"), "x"), np.moveaxis(color, 1, -1))
    flat = pixels.reshape(2, 64)
    assert settled(flat, notes) == Scale(255, "flat")
    np.testing.assert_array_equal(as_images(raw_of(flat), Scale(255, "flat"), "x"), pixels)
    assert [note.partition(": ")[2][:20] for note in notes] == ["channels come first,", "rows of 64 pixels ar"]


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (RAMP * 2 - 1, r"from -1 to 1; .*\(images \+ 1\) / 2"),
        (RAMP * 300 - 5, "from -5 to 295; expected 0 to 255, or 0 to 1."),
        (RAMP * 2, "not whole numbers"),
        (RAMP * 1000, "not whole numbers"),
        (np.rint(RAMP * 70000), "at most 65535"),
        (np.where(RAMP == 1, np.inf, RAMP), "not finite numbers"),
        (RAMP.astype(str), "pixels of type <U"),
        (RAMP.reshape(1, 8, 8, 2), r"shape \(1, 8, 8, 2\)"),
        (RAMP.reshape(4, 32), r"shape \(4, 32\)"),
    ],
)
def test_what_makes_no_pixels_is_said(pixels: np.ndarray, words: str) -> None:
    with pytest.raises(DataError, match=words):
        settled(pixels)


@pytest.mark.parametrize(("pixels", "words"), [([[-1, 0]], "from -1 to 0"), ([[0, 2]], "from 0 to 2; expected 0 to 1")])
def test_other_splits_keep_to_the_scale_of_train(pixels: list, words: str) -> None:
    with pytest.raises(DataError, match=words):
        in_8_bits(np.array(pixels, np.int8), 1, "x")


def test_signed_numbers_too_short_for_white() -> None:
    pixels = in_8_bits(np.array([[0, 127]], np.int8), 255, "x")
    assert (pixels.dtype, pixels.tolist()) == (np.uint8, [[0, 127]])
