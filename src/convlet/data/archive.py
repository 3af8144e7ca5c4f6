"""Read the arrays of an NPZ archive into memory or, if they do not fit, onto disk."""

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
from typing import IO, Any, BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk
from convlet.data.disk import ImagesOnDisk, OpenFile
from convlet.data.pixels import Raw, raw_of
from convlet.data.spill import Spill
from convlet.errors import DataError

# Version 3.0 is for field names.
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# Raised by zipfile and NumPy for archives that are damaged, encrypted, or promise more than memory holds.
UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, LZMAError, TokenError),
)


@dataclass(frozen=True)
class Archive:
    """An open archive; `arrays` is NumPy's view of it."""

    arrays: Mapping[str, Any]
    file: BinaryIO
    path: Path

    @property
    def names(self) -> list[str]:
        """The names of the arrays."""
        return list(self.arrays)

    def array(self, name: str) -> Any:
        """Read an array into memory."""
        with naming(self.path, name):
            return self.arrays[name]

    def raw(self, name: str) -> Raw:
        """Open an array of images. If they do not fit in memory, they stay in the archive or go into a temporary file.

        Numbers of a type other than uint8 that do not fit in memory are decompressed whenever they are read.
        """
        with naming(self.path, name), zipfile.ZipFile(self.file) as members:
            if f"{name}.npy" not in members.namelist():
                return raw_of(self.arrays[name])
            member = members.getinfo(f"{name}.npy")
            with members.open(member) as file:
                header = header_of(file)
                if header is None or not header.is_large:
                    return raw_of(self.arrays[name])
                if header.dtype != np.uint8:
                    return Raw(header.shape, header.dtype, lambda: _reopened(self.path, name))
                in_place = member.compress_type == zipfile.ZIP_STORED
                start = file.tell()
                spill = Spill(f"{self.path}: {name}", needed=header.size)
                for part in _parts(file, header.size):  # all of them: zipfile verifies the checksum at the end
                    if not in_place:
                        spill.add(part)
            if in_place:
                start += _start(self.file, member)
                return raw_of(ImagesOnDisk(OpenFile(self.file.fileno(), str(self.path)), start, header.shape))
            return raw_of(spill.images(header.shape))


class Header(NamedTuple):
    """The header of an array's file; `by_columns` is NumPy's Fortran order, which scatters each image."""

    shape: tuple[int, ...]
    by_columns: bool
    dtype: np.dtype[Any]

    @property
    def size(self) -> int:
        """Bytes of the array."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_large(self) -> bool:
        """Whether it is too large for memory but can be read part by part."""
        return self.size > disk.IN_MEMORY and not self.by_columns and np.issubdtype(self.dtype, np.number)


def header_of(file: IO[bytes]) -> Header | None:
    """Read the header of a `.npy` file; None if only NumPy can."""
    read_header = _HEADERS.get(np.lib.format.read_magic(file))
    return None if read_header is None else Header(*read_header(file))


def rows_of(file: IO[bytes], header: Header) -> Iterator[NDArray[Any]]:
    """Yield the rows that follow a header, a few megabytes at a time."""
    each = header.size // max(1, header.shape[0])
    step = max(1, disk.BLOCK // max(1, each))
    for start in range(0, header.shape[0], step):
        count = min(step, header.shape[0] - start)
        data = b"".join(_parts(file, count * each))
        yield np.frombuffer(data, header.dtype).reshape(count, *header.shape[1:])


@contextlib.contextmanager
def naming(path: Path, name: str) -> Iterator[None]:
    """Raise errors that name the array."""
    try:
        yield
    except UNREADABLE as error:
        where = f"{path}: the array {name!r}"
        if "Object arrays" in str(error):
            raise DataError(
                f"{where} holds pickled Python objects, which can run code. Save plain arrays: uint8 images, and "
                "labels as whole numbers or text; labels.astype(str) makes text of objects."
            ) from error
        raise DataError(f"{where} is damaged ({error}). Write or copy the file again.") from error


@contextlib.contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an archive for the duration of the block.

    Raises:
        DataError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":  # NumPy would take such a file for a single array or pickled objects
                raise ValueError("not a ZIP file of arrays")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                yield Archive(arrays, file, path)
    except UNREADABLE as error:
        raise DataError(
            f"{path} is not a readable .npz archive ({error}). Write one with numpy.savez_compressed."
        ) from error


def _reopened(path: Path, name: str) -> Iterator[NDArray[Any]]:
    with naming(path, name), zipfile.ZipFile(path) as members, members.open(f"{name}.npy") as file:
        header = header_of(file)
        if header:
            yield from rows_of(file, header)


def _parts(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes, a few megabytes at a time."""
    left = size
    while left:
        part = file.read(min(left, disk.BLOCK))
        if not part:
            raise EOFError(f"its header promises {size:,} bytes, but it has {size - left:,}")
        left -= len(part)
        yield part


def _start(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Return the offset of a member's bytes: its header has 30 bytes, a name and an extra field."""
    file.seek(member.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    return int(member.header_offset + 30 + name + extra)
