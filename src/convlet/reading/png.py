"""Read plain PNG files in the model's size, without Pillow's reader; and notice files that end before their pixels.

Pillow takes longer to parse such a file than to decode it: without this module, reading small files takes 2.5 times the
processor time (`benchmarks.own_parts`).
"""

import struct
import zlib

import numpy as np
from PIL import Image

from convlet.errors import DataError

_MODES = {0: "L", 2: "RGB"}  # by the file's color type
_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # likewise
# Of an interlaced file: where each pass begins, (x, y), and how far apart its pixels are.
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_PART = 1 << 20  # bytes unpacked at a time
_HEADER = 8 + 4 + 4 + 13 + 4  # bytes: the signature and the first chunk with its length, name and checksum


def plain_png(content: bytes, width: int, height: int) -> Image.Image | None:
    """Decode a PNG file that holds only pixels: no palette, transparency, text, orientation or second frame.

    Args:
        content: the file's bytes.
        width, height: expected size in pixels.

    Returns:
        A picture of mode L or RGB; None for any other or damaged file, which `open_image` can explain.
    """
    mode = _MODES.get(content[25]) if len(content) > _HEADER else None
    if not mode or content[:29] != b"\x89PNG\r\n\x1a\n" + struct.pack(
        ">I4sIIBBBBB", 13, b"IHDR", width, height, 8, content[25], 0, 0, 0
    ):
        return None
    packed: list[bytes] = []
    place = 8
    try:
        while True:
            (length,) = struct.unpack_from(">I", content, place)
            named = content[place + 4 : place + 8 + length]
            if struct.unpack_from(">I", content, place + 8 + length) != (zlib.crc32(named),):
                return None
            kind = named[:4]
            if kind == b"IEND":
                pixels = b"".join(packed)
                image = Image.frombytes(mode, (width, height), pixels, "zip", mode, 0)
                whole = not may_lack_rows(image) or _has_bytes(pixels, height * (1 + width * len(mode)))
                return image if whole else None
            if kind == b"IDAT":
                packed.append(named[4:])
            elif kind != b"IHDR":
                return None
            place += 12 + length
    except (struct.error, zlib.error, ValueError, OSError):
        return None


def require_all_rows(content: bytes, name: str) -> None:
    """Refuse a PNG that has fewer rows than it says: Pillow makes up the last ones, in black, without a word.

    Args:
        content: a file that Pillow has decoded; only one that `may_lack_rows` needs this closer look.
        name: what errors call it.

    Raises:
        DataError: the file has fewer pixels than its header says.
    """
    width, height, depth, color, _, _, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    bits = depth * _CHANNELS.get(color, 1)
    parts = [(-(-(width - x) // across), -(-(height - y) // down)) for x, y, across, down in _PASSES]
    if not interlaced:
        parts = [(width, height)]
    needed = sum(rows * (1 + -(-columns * bits // 8)) for columns, rows in parts if columns > 0 and rows > 0)
    if not _has_bytes(_pixels_of(content), needed):
        raise DataError(f"{name} is damaged or cannot be read: it ends before its last row.")


def may_lack_rows(image: Image.Image) -> bool:
    """Whether one of the last two rows of a decoded PNG is black; an interlaced file's passes fill every other one."""
    rows = range(max(0, image.height - 2), image.height)
    return not getattr(image, "tile", ()) and not all(
        np.any(image.crop((0, row, image.width, row + 1)).getextrema()) for row in rows
    )


def _pixels_of(content: bytes) -> bytes:
    """Return the packed pixels of a PNG file."""
    packed, place = [], 8
    while place + 8 <= len(content):
        (length,) = struct.unpack_from(">I", content, place)
        if content[place + 4 : place + 8] == b"IDAT":
            packed.append(content[place + 8 : place + 8 + length])
        place += 12 + length
    return b"".join(packed)


def _has_bytes(packed: bytes, needed: int) -> bool:
    """Whether packed bytes hold so many, without holding them all."""
    opener, found, left = zlib.decompressobj(), 0, packed
    while left and found < needed:
        part = opener.decompress(left, _PART)
        found, left = found + len(part), opener.unconsumed_tail
        if not part:
            break
    return found >= needed
