"""PNG files read without Pillow's reader, and those that end before their pixels."""

import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from convlet.reading.decode import decode
from convlet.reading.png import plain_png

SIDE = 30
# Where each pass of an interlaced file begins, (x, y), and how far apart its pixels are.
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def _pass(of: tuple[int, int, int, int]) -> bytes:
    x, y, across, down = of
    return (b"\0" + b"\xc8" * len(range(x, SIDE, across))) * len(range(y, SIDE, down))


def png(rows: int, color: int = 0, depth: int = 8, *, passes: int = 0, value: int = 200) -> bytes:
    """Make a file of 30x30 pixels whose packed pixels have so many rows, or so many passes."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row = b"\0" + bytes([value]) * -(-SIDE * depth * channels // 8)
    pixels = row * rows if not passes else b"".join(map(_pass, PASSES[:passes]))
    header = struct.pack(">IIBBBBB", SIDE, SIDE, depth, color, 0, 0, int(passes > 0))
    parts = {b"IHDR": header, b"PLTE": bytes(range(255)), b"IDAT": zlib.compress(pixels), b"IEND": b""}
    if color != 3:
        del parts[b"PLTE"]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(part)) + name + part + struct.pack(">I", zlib.crc32(name + part))
        for name, part in parts.items()
    )


@pytest.mark.parametrize("rows", [1, 12, 29])
@pytest.mark.parametrize(("color", "depth"), [(0, 8), (0, 16), (0, 1), (2, 8), (2, 16), (3, 8), (4, 8), (6, 8)])
def test_a_file_without_its_last_rows(rows: int, color: int, depth: int) -> None:
    with pytest.raises(DataError, match="ends before its last row"):
        decode(png(rows, color, depth))
    assert plain_png(png(rows, color, depth), SIDE, SIDE) is None


@pytest.mark.parametrize("value", [0, 200])
@pytest.mark.parametrize(("color", "depth"), [(0, 8), (0, 16), (0, 1), (2, 8), (3, 8), (4, 8), (6, 8)])
def test_a_whole_file(color: int, depth: int, value: int) -> None:
    assert decode(png(SIDE, color, depth, value=value))[1] == (SIDE, SIDE)


def test_an_interlaced_file_without_its_last_pass() -> None:
    assert decode(png(0, passes=7))[1] == (SIDE, SIDE)
    with pytest.raises(DataError, match="ends before its last row"):
        decode(png(0, passes=6))


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (8, 8), (29, 31), (64, 5)])
@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_black_pictures_are_whole(mode: str, size: tuple[int, int]) -> None:
    held = io.BytesIO()
    Image.new(mode, size).save(held, "PNG")
    assert decode(held.getvalue())[1] == size


def test_pixels_that_cannot_be_unpacked() -> None:
    content = png(SIDE)
    packed = zlib.compress((b"\0" + bytes(SIDE)) * SIDE)
    damaged = packed[:-6] + bytes(6)
    broken = content[:33] + struct.pack(">I", len(damaged)) + b"IDAT" + damaged
    broken += struct.pack(">I", zlib.crc32(b"IDAT" + damaged)) + content[-12:]
    assert plain_png(broken, SIDE, SIDE) is None
    with pytest.raises(DataError):
        decode(broken)


def test_plain_files_are_read_as_pillow_reads_them() -> None:
    drawn = np.random.default_rng(1).integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
    held = io.BytesIO()
    Image.fromarray(drawn).save(held, "PNG")
    np.testing.assert_array_equal(np.asarray(plain_png(held.getvalue(), SIDE, SIDE)), drawn)
