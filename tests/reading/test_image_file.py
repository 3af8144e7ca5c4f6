"""Opening one image file, and files that are refused."""

import io
import os
import socket
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading.batch import read_images
from convlet.reading.decode import decode, header_of, read_pixels
from convlet.reading.image_file import open_image
from convlet.signature import Form
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


# 9000x9000 is over convlet's limit only; the others are over the sizes at which Pillow itself warns, and gives up.
@pytest.mark.parametrize(("width", "height"), [(9_000, 9_000), (10_000, 10_000), (20_000, 20_000)])
def test_over_80_million_pixels_are_refused_without_decoding(tmp_path: Path, width: int, height: int):
    path = tmp_path / "image.png"
    path.write_bytes(png(width, height))  # there are no pixels in it: decoding would call it damaged
    assert_refused(lambda: read_pixels(path), path, "80 million")


def test_up_to_80_million_pixels_are_decoded(tmp_path: Path):
    path = tmp_path / "image.png"
    path.write_bytes(png(8_000, 10_000))
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


def jpeg_of(width: int, height: int, **options: object) -> bytes:
    """A JPEG whose header promises that many pixels; it has fewer."""
    data = bytearray(encoded(Image.fromarray(PIXELS), "jpeg", **options))
    at = next(data.index(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in data)
    data[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(data)


@pytest.mark.parametrize(
    ("width", "height", "progressive", "word"),
    [
        (15_000, 13_400, False, "201"),
        (9_100, 9_000, True, "80 million"),  # whose coefficients are all in memory before the first row is there
    ],
)
def test_a_jpeg_that_is_made_smaller_may_have_200_million_pixels(width: int, height: int, progressive: bool, word: str):
    data = jpeg_of(width, height, progressive=progressive)
    word = f"{width}x{height} pixels" if word == "201" else word
    assert_refused(lambda: decode(data, 200, "photo"), "photo", word)


def test_a_jpeg_of_200_million_pixels_is_refused_whole():
    data = jpeg_of(16_320, 12_240)  # as telephones write them
    picture, size = decode(data, 200)
    assert (size, picture.size) == ((16_320, 12_240), (200, 150))
    assert_refused(lambda: read_pixels(data, "photo"), "photo is 16320x12240 pixels", "80 million")


@pytest.mark.parametrize("form", ["MPO", "JPEG"])
def test_a_large_photograph_is_decoded_small(form: str):
    small = Image.fromarray(np.add.outer(np.arange(94), np.arange(142)).astype(np.uint8))
    whole = small.resize((9088, 6016), Image.Resampling.NEAREST)  # 54 million
    data = encoded(whole, form, quality=60)
    picture, size = decode(data, 300)
    assert size == (9088, 6016)
    assert max(picture.size) == 300
    expected = np.asarray(whole.reduce(8).resize(picture.size, Image.Resampling.BOX), np.float32)
    assert np.abs(np.asarray(picture, np.float32) - expected).mean() < 6
    assert header_of(data)[2:4] == (6016, 9088)


def test_a_png_of_50_million_pixels_is_decoded():
    picture, size = decode(encoded(Image.new("L", (10_000, 5_000), 77)), 100)
    assert (size, picture.size, picture.getextrema()) == ((10_000, 5_000), (100, 50), (77, 77))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("kind", ["pipe", "device", "socket", "link to a pipe", "link to itself"])
def test_what_is_no_regular_file(kind: str, tmp_path: Path):
    path = tmp_path / "odd.png"
    words = "not a regular file"
    if kind in ("pipe", "link to a pipe"):
        pipe = tmp_path / "pipe" if kind.startswith("link") else path
        os.mkfifo(pipe)
        if pipe != path:
            path.symlink_to(pipe)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(str(path))
    else:
        path.symlink_to(path)
        words = "cannot be read"
    with pytest.raises(DataError, match=words), open_image(path, "odd.png"):
        pass
    good = tmp_path / "good.png"
    Image.new("L", (28, 28)).save(good)
    images, errors = read_images([str(path), str(good)], ["odd.png", "good.png"], (28, 28, 1), Form())
    assert words in errors[0]
    assert errors[1] is None
    assert len(images) == 2


def test_a_png_of_indices_without_a_palette():  # an AssertionError of Pillow
    content = bytearray(png_of_indices())
    start = content.index(b"PLTE") - 4
    del content[start : start + 12 + int.from_bytes(content[start : start + 4], "big")]
    with pytest.raises(DataError, match="damaged or cannot be read"):
        decode(bytes(content))


def png_of_indices() -> bytes:
    held = io.BytesIO()
    Image.new("P", (8, 8)).save(held, "PNG")
    return held.getvalue()


@pytest.mark.parametrize("error", [AssertionError(), MemoryError(), RecursionError("deep"), AttributeError("x")])
def test_whatever_a_decoder_raises_is_an_error_of_the_file(error: Exception, monkeypatch):
    def fail(*_args: object) -> None:
        raise error

    monkeypatch.setattr("PIL.PngImagePlugin.PngImageFile.load", fail)
    with pytest.raises(DataError, match="damaged or cannot be read"):
        decode(png_of_indices())


def test_what_pillow_logs_is_not_printed(tmp_path: Path):
    path = tmp_path / "many.tif"
    Image.new("RGB", (4, 4)).save(path)
    content = path.read_bytes()
    samples = struct.pack("<HHI", 277, 3, 1)
    path.write_bytes(content.replace(samples + struct.pack("<H", 3), samples + struct.pack("<H", 36)))
    assert path.read_bytes() != content
    code = (
        "import contextlib, sys\n"
        "from convlet.errors import DataError\n"
        "from convlet.reading.image_file import open_image\n"
        "with contextlib.suppress(DataError), open_image(open(sys.argv[1], 'rb').read(), 'x'):\n"
        "    print('read')"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True)
    assert done.stdout == done.stderr == ""
