"""One image file: modes, transparency, and files that are refused."""

import io
import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.data.image import as_channels, read_pixels
from tests.data.datafiles import assert_refused, png, save

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 4, 3), dtype=np.uint8)


def encoded(image: Image.Image, form: str) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form)
    return buffer.getvalue()


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "ppm"])
def test_colour_is_read_as_it_is(tmp_path: Path, suffix: str):
    pixels = read_pixels(save(Image.fromarray(PIXELS), tmp_path / f"image.{suffix}"))
    assert pixels.dtype == np.uint8
    np.testing.assert_array_equal(pixels, PIXELS)


@pytest.mark.parametrize("suffix", ["png", "bmp", "tiff", "pgm"])
def test_grey_is_read_as_it_is_with_one_channel(tmp_path: Path, suffix: str):
    pixels = read_pixels(save(Image.fromarray(PIXELS[..., 0]), tmp_path / f"image.{suffix}"))
    np.testing.assert_array_equal(pixels, PIXELS[..., :1])


def test_black_and_white_becomes_0_and_255(tmp_path: Path):
    image = Image.new("1", (2, 1))
    image.putpixel((1, 0), 1)
    assert read_pixels(save(image, tmp_path / "image.png")).tolist() == [[[0], [255]]]


def test_the_format_is_told_by_the_bytes(tmp_path: Path):
    path = tmp_path / "image.jpg"
    path.write_bytes(encoded(Image.fromarray(PIXELS), "png"))
    np.testing.assert_array_equal(read_pixels(path), PIXELS)


@pytest.mark.parametrize(
    ("mode", "colour", "expected"),
    [
        ("RGBA", (200, 0, 0, 0), [255, 255, 255]),
        ("RGBA", (200, 0, 0, 255), [200, 0, 0]),
        ("RGBA", (0, 0, 0, 51), [204, 204, 204]),
        ("LA", (0, 0), [255]),
        ("LA", (9, 255), [9]),
    ],
)
def test_transparency_is_laid_over_white(tmp_path: Path, mode: str, colour: tuple[int, ...], expected: list[int]):
    pixels = read_pixels(save(Image.new(mode, (3, 2), colour), tmp_path / "image.png"))
    assert pixels.shape == (2, 3, len(expected))
    assert (pixels == expected).all()


def test_a_transparent_colour_is_laid_over_white(tmp_path: Path):
    image = Image.fromarray(np.array([[7, 8]], np.uint8))
    assert read_pixels(save(image, tmp_path / "image.png", transparency=7)).tolist() == [[[255], [8]]]


def test_a_palette_with_a_transparent_entry(tmp_path: Path):
    image = Image.new("P", (2, 1))
    image.putpalette([10, 20, 30, 40, 50, 60])
    image.putpixel((1, 0), 1)
    assert read_pixels(save(image, tmp_path / "image.gif", transparency=0)).tolist() == [
        [[255, 255, 255], [40, 50, 60]]
    ]


@pytest.mark.parametrize(
    "data", [png(2, 2, depth=16, rows=b"\0\1\2\3\4" * 2), b"P5 2 2 65535\n" + bytes(8)], ids=["png", "pgm"]
)
def test_16_bits_are_refused(tmp_path: Path, data: bytes):
    path = tmp_path / "image"
    path.write_bytes(data)
    assert_refused(lambda: read_pixels(path), path, "more than 8 bits")


@pytest.mark.parametrize("suffix", ["gif", "webp", "png", "tiff"])
def test_more_than_one_frame_is_refused(tmp_path: Path, suffix: str):
    frames = [Image.new("L", (3, 3), value) for value in (0, 100, 200)]
    path = save(frames[0], tmp_path / f"image.{suffix}", save_all=True, append_images=frames[1:])
    assert_refused(lambda: read_pixels(path), path, "3 frames")


def test_a_second_picture_that_a_telephone_adds_to_a_jpeg_is_left_alone(tmp_path: Path):
    first, depth = Image.new("RGB", (8, 8), (200, 40, 40)), Image.new("L", (8, 8))
    path = save(first, tmp_path / "image.jpg", format="MPO", save_all=True, append_images=[depth])
    np.testing.assert_allclose(read_pixels(path).mean(axis=(0, 1)), (200, 40, 40), atol=3)


def test_a_gif_of_one_frame_is_read(tmp_path: Path):
    assert (read_pixels(save(Image.new("RGB", (3, 3), (255, 0, 0)), tmp_path / "image.gif")) == (255, 0, 0)).all()


# 7000x6000 is over convlet's limit only; the others are over the sizes at which Pillow itself warns, and gives up.
@pytest.mark.parametrize(("width", "height"), [(7_000, 6_000), (10_000, 10_000), (20_000, 20_000)])
def test_over_40_million_pixels_are_refused_without_decoding(tmp_path: Path, width: int, height: int):
    path = tmp_path / "image.png"
    path.write_bytes(png(width, height))  # there are no pixels in it: decoding would call it damaged
    assert_refused(lambda: read_pixels(path), path, "40 million")


def test_up_to_40_million_pixels_are_decoded(tmp_path: Path):
    path = tmp_path / "image.png"
    path.write_bytes(png(5_000, 8_000))
    assert_refused(lambda: read_pixels(path), path, "damaged")


@pytest.mark.parametrize("form", ["png", "jpeg", "bmp", "gif", "webp", "ppm"])
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_truncated(tmp_path: Path, form: str, part: float):
    noise = np.random.default_rng(4).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), form)
    path = tmp_path / "image"
    path.write_bytes(data[: int(len(data) * part)])
    assert_refused(lambda: read_pixels(path), path)


def test_a_tiff_whose_offset_is_a_float(tmp_path: Path):  # one wrong byte, and Pillow raises TypeError
    data = encoded(Image.fromarray(PIXELS), "tiff")
    offset_as_long, offset_as_float = (struct.pack("<HHI", 273, kind, 1) for kind in (4, 11))
    assert data.count(offset_as_long) == 1
    path = tmp_path / "image.tiff"
    path.write_bytes(data.replace(offset_as_long, offset_as_float))
    assert_refused(lambda: read_pixels(path), path, "damaged")


@pytest.mark.parametrize(("data", "word"), [(b"", "empty"), (b"<svg/>", "6 bytes")])
def test_no_image(tmp_path: Path, data: bytes, word: str):
    path = tmp_path / "image.png"
    path.write_bytes(data)
    assert_refused(lambda: read_pixels(path), path, "not an image", word)


def test_no_file(tmp_path: Path):
    assert_refused(lambda: read_pixels(tmp_path / "image.png"), tmp_path / "image.png", "no file")


def test_a_folder(tmp_path: Path):
    assert_refused(lambda: read_pixels(tmp_path), tmp_path, "folder")


def test_channels_stay_where_they_fit():
    assert as_channels(PIXELS, 3) is PIXELS


def test_grey_to_colour_repeats_it():
    np.testing.assert_array_equal(as_channels(PIXELS[..., :1], 3), PIXELS[..., [0, 0, 0]])


def test_colour_to_grey_weighs_green_most():
    weighed = PIXELS @ np.array([0.299, 0.587, 0.114])
    np.testing.assert_allclose(as_channels(PIXELS, 1)[..., 0], weighed, atol=1)
