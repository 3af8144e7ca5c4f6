"""Small PNG files in the model's own size: Pillow's reader needs twice as long to understand such a file as its decoder to decode it."""

import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_MODES = {0: ("L", 1), 2: ("RGB", 3)}  # by the file's colour type
_HEADER = 8 + 4 + 4 + 13 + 4  # bytes: the signature, and the first chunk with its length, name and checksum


def plain_png(content: bytes, width: int, height: int) -> NDArray[np.uint8] | None:
    """The pixels of a PNG file in which there is nothing but pixels: no palette, transparency, text, turn or second frame.

    Args:
        content: the file's bytes.
        width: the width that it is expected to have.
        height: the height.

    Returns:
        uint8, (height, width, 1 or 3), as Pillow has them; None for any other file, and for a damaged one, so that `open_image` may say what it is.
    """
    colours = content[25] if len(content) > _HEADER else -1
    if colours not in _MODES or content[:29] != b"\x89PNG\r\n\x1a\n" + struct.pack(
        ">I4sIIBBBBB", 13, b"IHDR", width, height, 8, colours, 0, 0, 0
    ):
        return None
    mode, channels = _MODES[colours]
    packed, place = [], 8
    try:
        while True:
            (length,) = struct.unpack_from(">I", content, place)
            named = content[place + 4 : place + 8 + length]
            if struct.unpack_from(">I", content, place + 8 + length) != (zlib.crc32(named),):
                return None
            kind = named[:4]
            if kind == b"IEND":
                break
            if kind == b"IDAT":
                packed.append(named[4:])
            elif kind != b"IHDR":
                return None
            place += 12 + length
        image = Image.frombytes(mode, (width, height), b"".join(packed), "zip", mode, 0)
    except (struct.error, ValueError, OSError):
        return None
    return np.frombuffer(image.tobytes(), np.uint8).reshape(height, width, channels)
