"""The arrays of an NPZ archive, in memory or, with too many pixels for that, on disk."""

import contextlib
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, BinaryIO

import numpy as np

from convlet.data import disk
from convlet.data.disk import ImagesOnDisk, OpenFile
from convlet.data.spill import Spill
from convlet.data.split import wrong_dtype
from convlet.errors import DataError

# Version 3.0 is for field names.
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# From zipfile and NumPy on archives that are damaged, encrypted, or promise more than memory holds.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, LZMAError, TokenError),
)


@dataclass(frozen=True)
class Archive:
    """An open archive; `arrays` is NumPy's view of it."""

    arrays: Mapping[str, Any]
    file: BinaryIO
    path: Path

    def array(self, name: str) -> Any:
        """Read an array into memory."""
        with self._naming(name):
            return self.arrays[name]

    def images(self, name: str) -> Any:
        """Read an array. Too many pixels for memory stay in the archive or, decompressed, go into a temporary file."""
        with self._naming(name), zipfile.ZipFile(self.file) as members:
            if f"{name}.npy" not in members.namelist():
                return self.arrays[name]
            member = members.getinfo(f"{name}.npy")
            with members.open(member) as file:
                read_header = _HEADERS.get(np.lib.format.read_magic(file))
                if read_header is None:
                    return self.arrays[name]
                shape, by_columns, kind = read_header(file)
                size = math.prod(shape) * kind.itemsize
                # In Fortran order no image is in one piece.
                if size <= disk.IN_MEMORY or by_columns or not np.issubdtype(kind, np.number):
                    return self.arrays[name]
                if kind != np.uint8:
                    largest = max(np.frombuffer(part, kind).max() for part in _parts(file, size))
                    raise wrong_dtype(f"{self.path}: {name}", kind, largest)
                in_place = member.compress_type == zipfile.ZIP_STORED
                start = file.tell()
                spill = Spill(f"{self.path}: {name}", needed=size)
                for part in _parts(file, size):  # all: zipfile compares the checksum at the end
                    if not in_place:
                        spill.add(part)
            if in_place:
                start += _start(self.file, member)
                return ImagesOnDisk(OpenFile(self.file.fileno(), str(self.path)), start, shape)
            return spill.images(shape)

    @contextlib.contextmanager
    def _naming(self, name: str) -> Iterator[None]:
        """Make errors name the array."""
        try:
            yield
        except _UNREADABLE as error:
            where = f"{self.path}: the array {name!r}"
            if "Object arrays" in str(error):
                raise DataError(
                    f"{where} holds pickled Python objects, which can run code. Save plain arrays: uint8 images and "
                    "whole-number labels."
                ) from error
            raise DataError(f"{where} is damaged ({error}). Write or copy the file again.") from error


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive for the length of the block.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":  # else NumPy would take the file for a single array, or for pickled objects
                raise ValueError("no ZIP file of arrays")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                yield Archive(arrays, file, path)
    except _UNREADABLE as error:
        raise DataError(
            f"{path} is not an .npz archive that can be read ({error}). Write one with numpy.savez_compressed."
        ) from error


def _parts(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes, a few megabytes at a time."""
    left = size
    while left:
        part = file.read(min(left, disk.BLOCK))
        if not part:
            raise EOFError(f"its header promises {size:,} bytes, it has {size - left:,}")
        left -= len(part)
        yield part


def _start(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Return the offset of a member's bytes: its header has 30 bytes, a name and an extra field."""
    file.seek(member.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    return int(member.header_offset + 30 + name + extra)
