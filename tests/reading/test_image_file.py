"""Opening one image file, and files that are refused."""

import struct
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.reading.decode import read_pixels
from tests.data.datafiles import assert_refused, png, save
from tests.images import encoded

PIXELS = np.random.default_rng(3).integers(0, 256, (5, 4, 3), dtype=np.uint8)


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
