"""What a picture's first bytes say of it: its format and size, before anything is decoded."""

import struct

from convlet.serving import limits
from convlet.serving.refusal import RefusedError

FORMATS = ("PNG", "JPEG", "WebP", "BMP")
TYPES = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/bmp",
    "application/octet-stream",
    "application/x-www-form-urlencoded",
)
"""Content types under which a picture may come; the last is what curl's --data-binary says of anything."""

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # JPEG's start-of-frame markers
_ALONE = frozenset({0x00, 0x01, *range(0xD0, 0xD9)})  # those without a length
_LAST = frozenset({0xD9, 0xDA})  # the picture begins or ends, and nothing said how large it is
_SCAN, _SCANS = (
    b"\xff\xda",
    100,
)  # a picture in many layers takes its decoder a while for each, whatever their length; ten are usual
_SEGMENTS = 2000  # steps that are looked at: cameras write some dozens of segments


def pixels(body: bytes) -> int:
    """How many pixels a PNG, JPEG, WebP or BMP file says it has.

    Raises:
        RefusedError: 415, something else; 422, its header is damaged; 413, it has more pixels than are read.
    """
    try:
        width, height = _size(body)
    except (struct.error, IndexError) as error:
        raise RefusedError(
            422, "unreadable_image", "The image is damaged or not as cameras and programs write it."
        ) from error
    if width < 1 or height < 1:
        raise RefusedError(422, "unreadable_image", f"The image is damaged: its header says {width}x{height} pixels.")
    if width * height > limits.PIXELS:
        limit = limits.PIXELS // 10**6
        raise RefusedError(
            413,
            "too_many_pixels",
            f"The image is {width}x{height} pixels; up to {limit} million are read. Make it smaller.",
        )
    return width * height


def _size(body: bytes) -> tuple[int, int]:
    """(width, height) in pixels, from the header."""
    width: int
    height: int
    if body.startswith(_PNG):
        width, height = struct.unpack_from(">II", body, 16)
        return width, height
    if body.startswith(_JPEG):
        if body.count(_SCAN) > _SCANS:
            raise IndexError
        return _jpeg(body)
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return _webp(body)
    if body.startswith(b"BM"):
        if struct.unpack_from("<I", body, 14)[0] == 12:  # the first header there was has sixteen bits for each
            width, height = struct.unpack_from("<HH", body, 18)
        else:
            width, height = struct.unpack_from("<ii", body, 18)
        return width, abs(height)  # negative: the rows go from the top down
    what = f"{len(body):,} bytes of something else" if body else "empty"
    raise RefusedError(
        415,
        "not_an_image",
        f"The body is {what}. Expected the bytes of a {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file.",
    )


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
