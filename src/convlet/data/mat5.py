"""Read the bytes of an array in a MATLAB file piece by piece: SciPy reads an array in one go.

Format: MAT-File Format (MathWorks), level 5: a header of 128 bytes, then elements: a tag (type, size) and content.
"""

import struct
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

_UINT8, _MATRIX, _COMPRESSED = 2, 14, 15
_LONGEST = 1 << 10  # bytes of the parts before the values: flags, dimensions, name
_BLOCK = 1 << 16


class _Source(Protocol):
    def read(self, count: int, /) -> bytes: ...


def values(file: BinaryIO, name: str, size: int, step: int) -> Iterator[bytes]:
    """Yield the values of a uint8 array in the order stored: the first index varies fastest.

    Args:
        file: of level 5, open.
        name: the array's.
        size: its bytes; all of them are yielded.
        step: bytes at a time.

    Raises:
        EOFError, ValueError, zlib.error: the file is damaged, or has no such array of that size.
    """
    file.seek(126)
    order = "<" if file.read(2) == b"IM" else ">"
    while len(tag := file.read(8)) == 8:
        kind, length = struct.unpack(f"{order}II", tag)
        end = file.tell() + length
        inflated = _Inflated(file, length) if kind == _COMPRESSED else None
        source: _Source = inflated or file
        if inflated:
            (kind, _) = struct.unpack(f"{order}II", inflated.read(8))
        if kind == _MATRIX and [_part(source, order) for _ in range(3)][2] == name.encode():
            if struct.unpack(f"{order}II", _exactly(source, 8)) != (_UINT8, size):
                raise ValueError(f"{name} is not an array of {size:,} bytes")
            for left in range(size, 0, -step):
                yield _exactly(source, min(step, left))
            if inflated:
                inflated.finish()
            return
        file.seek(end)
    raise ValueError(f"it has no array {name}")


def _part(source: _Source, order: str) -> bytes:
    """Read a short element: if it has up to 4 bytes, its size is in the upper half of its type."""
    (kind,) = struct.unpack(f"{order}I", _exactly(source, 4))
    if kind >> 16:
        return _exactly(source, 4)[: kind >> 16]
    (size,) = struct.unpack(f"{order}I", _exactly(source, 4))
    if size > _LONGEST:
        raise ValueError(f"an element of {size:,} bytes is where a name or dimensions should be")
    return _exactly(source, size + -size % 8)[:size]


def _exactly(source: _Source, count: int) -> bytes:
    found = source.read(count)
    if len(found) < count:
        raise EOFError("it is truncated")
    return found


class _Inflated:
    """The next `left` bytes of a file, decompressed with zlib."""

    def __init__(self, file: BinaryIO, left: int) -> None:
        self._file, self._left, self._inflate = file, left, zlib.decompressobj()

    def read(self, count: int) -> bytes:
        """Return `count` bytes.

        Raises:
            EOFError: there are fewer.
            zlib.error: they are damaged.
        """
        found = bytearray()
        while len(found) < count:
            found += self._some(count - len(found))
        return bytes(found)

    def finish(self) -> None:
        """Read to the end, where zlib verifies the checksum."""
        while not self._inflate.eof:
            self._some(_BLOCK)

    def _some(self, most: int) -> bytes:
        given = self._inflate.unconsumed_tail
        if not given:
            given = self._file.read(min(self._left, _BLOCK))
            self._left -= len(given)
        found = self._inflate.decompress(given, most)
        if not found and not given:
            raise EOFError("it is truncated")
        return found
