"""Read the format and size of a picture from its header.

Not with Pillow: this runs in the loop, where everyone waits. A hostile JPEG with 5 MB of empty segments takes Pillow
over a second, and this code 7 ms (`benchmarks.own_parts`).
"""

import struct

from convlet.errors import DataError
from convlet.reading.jpeg import is_jpeg, require_few_scans
from convlet.serving import limits
from convlet.serving.refusal import RefusedError

TYPES = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/avif",
    "image/heic",
    "image/bmp",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
)
"""Content types that a picture may have; curl's --data-binary says the last of everything."""

_PNG = b"\x89PNG\r\n\x1a\n"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame markers
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})  # markers without a length
_LAST = frozenset({0xD9, 0xDA})  # the pixels or the end, before any size
_EXTENT = b"ispe"  # the image spatial extents property of ISO/IEC 23008-12
_SEGMENTS = 2000  # cameras write a few dozen


def pixels(body: bytes) -> int:
    """Return the number of pixels in the header of a PNG, JPEG, WebP, AVIF, HEIC or BMP file.

    Raises:
        RefusedError: 415, another format; 422, a damaged header; 413, too many pixels.
    """
    try:
        width, height = _size(body)
    except (struct.error, IndexError) as error:
        raise RefusedError(422, "unreadable_image", "The image is damaged, or its header is unusual.") from error
    if width < 1 or height < 1:
        raise RefusedError(422, "unreadable_image", f"The image is damaged: its header says {width}x{height} pixels.")
    if width * height > limits.PIXELS:
        limit = limits.PIXELS // 10**6
        message = f"The image is {width}x{height} pixels; the limit is {limit} million. Make it smaller."
        raise RefusedError(413, "too_many_pixels", message)
    return width * height


def _size(body: bytes) -> tuple[int, int]:
    """Return (width, height) in pixels, from the header."""
    if body.startswith(_PNG):
        width, height = struct.unpack_from(">II", body, 16)
        return width, height
    if is_jpeg(body):
        try:
            require_few_scans(body, "The image")
        except DataError as error:
            raise RefusedError(422, "unreadable_image", str(error)) from error
        return _jpeg(body)
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _webp(body)
    if body[4:8] == b"ftyp":
        return _boxes(body)
    if body.startswith(b"BM"):
        if struct.unpack_from("<I", body, 14)[0] == 12:  # the oldest header, with 16 bits per side
            width, height = struct.unpack_from("<HH", body, 18)
        else:
            width, height = struct.unpack_from("<ii", body, 18)
        return width, abs(height)  # negative: rows from the top down
    what = f"{len(body):,} bytes of something else" if body else "empty"
    raise RefusedError(415, "not_an_image", f"The body is {what}. Expected a PNG, JPEG, WebP, AVIF, HEIC or BMP file.")


def _jpeg(body: bytes) -> tuple[int, int]:
    place = 2
    for _ in range(_SEGMENTS):
        marker = body[place + 1]
        if body[place] != 0xFF or marker == 0xFF:  # padding
            place += 1
        elif marker in _FRAMES:
            height, width = struct.unpack_from(">HH", body, place + 5)
            return width, height
        elif marker in _LAST:
            break
        else:
            place += 2 if marker in _ALONE else 2 + struct.unpack_from(">H", body, place + 2)[0]
    raise IndexError


def _webp(body: bytes) -> tuple[int, int]:
    kind = body[12:16]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[24:27], "little"), 1 + int.from_bytes(body[27:30], "little")
    if kind == b"VP8L":
        bits = struct.unpack_from("<I", body, 21)[0]
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", body, 26)
        return width & 0x3FFF, height & 0x3FFF
    raise IndexError


def _boxes(body: bytes) -> tuple[int, int]:
    """Return the largest size in the boxes of an AVIF or HEIC file; its tiles have their own sizes."""
    sizes, place = [], body.find(_EXTENT)
    while place >= 0:
        sizes.append(struct.unpack_from(">II", body, place + 8))
        place = body.find(_EXTENT, place + 4)
        if len(sizes) > _SEGMENTS:
            raise IndexError
    if not sizes:
        raise IndexError
    width, height = max(sizes, key=lambda size: size[0] * size[1])
    return int(width), int(height)
