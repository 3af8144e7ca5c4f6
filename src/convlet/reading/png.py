"""Read plain PNG files in the model's size, without Pillow's reader.

Pillow takes longer to parse such a file than to decode it: without this module, reading small files takes 2.5 times the
processor time (`benchmarks.own_parts`).
"""

import struct
import zlib

from PIL import Image

_MODES = {0: "L", 2: "RGB"}  # by the file's color type
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
                return Image.frombytes(mode, (width, height), b"".join(packed), "zip", mode, 0)
            if kind == b"IDAT":
                packed.append(named[4:])
            elif kind != b"IHDR":
                return None
            place += 12 + length
    except (struct.error, ValueError, OSError):
        return None
