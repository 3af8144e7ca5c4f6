"""Keep images in a file and read them when indexed, so that a data set may be larger than memory.

They are read with `pread`, never mapped: the pages of a mapped file count as the process's memory, and if the file is
truncated, a map kills the process while a read raises an error.
"""

import copy
import math
import os
import threading
import weakref
from collections.abc import Iterator, Sequence
from types import EllipsisType
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError
from convlet.reading.arrays import Pixels

# Bytes. Larger splits stay on disk; in memory, gathering a batch is ten times as fast. MNIST has 47 MB.
IN_MEMORY = 256 * 2**20
BLOCK = 1 << 22  # bytes in memory during a pass over all pixels


Key: TypeAlias = "int | np.integer[Any] | slice | NDArray[np.integer[Any] | np.bool_] | Sequence[int]"


class OpenFile:
    """A file to read at any offset from any thread; it is closed when nothing refers to it.

    Args:
        descriptor: a file open for reading. It is duplicated, so the caller may close it.
        name: what errors call the file.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self.descriptor = os.dup(descriptor)
        self._turn = threading.Lock()
        weakref.finalize(self, os.close, self.descriptor).atexit = False  # at exit a thread may still be reading

    def read(self, into: memoryview, place: int) -> None:
        """Fill `into` with the bytes from offset `place`.

        Raises:
            DataError: the file is too short, or can no longer be read.
        """
        try:
            while into:
                got = self._read_some(into, place)
                if got == 0:
                    raise DataError(
                        f"{self.name} was truncated while in use: it ends before byte {place + len(into):,}. "
                        "Load the data again, and do not change the file."
                    )
                into, place = into[got:], place + got
        except OSError as error:
            raise DataError(f"can no longer read {self.name}: {error.strerror or error}.") from error

    def _read_some(self, into: memoryview, place: int) -> int:
        if hasattr(os, "preadv"):
            return os.preadv(self.descriptor, (into,), place)
        with self._turn:  # Windows and older macOS: threads share the descriptor's one position
            os.lseek(self.descriptor, place, os.SEEK_SET)
            found = os.read(self.descriptor, len(into))
        into[: len(found)] = found
        return len(found)


class ImagesOnDisk:
    """Images in a file, indexed like an array; indexing reads pixels into a new array. Thread-safe.

    An index is a number (one image, (height, width, channels)), a slice, numbers, or a boolean per image
    ((k, height, width, channels), in that order). Negative numbers count from the end. Converting to a NumPy array
    reads everything.

    Args:
        file: the pixels, image after image, row after row, a byte each.
        offset: bytes in the file before the first image.
        shape: (images in the file, height, width) or (..., height, width, channels).
        rows: int64 (n,), which images of the file, in order; None for all.

    Attributes:
        shape: (n, height, width, channels).
        dtype: uint8.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self, file: OpenFile, offset: int, shape: tuple[int, ...], rows: NDArray[np.int64] | None = None
    ) -> None:
        inner = (*shape[1:], 1) if len(shape) == 3 else shape[1:]
        self._rows = np.arange(shape[0]) if rows is None else rows
        self.shape: tuple[int, ...] = (len(self._rows), *inner)
        self._file, self._offset = file, offset
        self._bytes = math.prod(inner)

    @property
    def ndim(self) -> int:
        """4, or the dimensions of an array that `Split` will refuse."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Number of bytes of all pixels."""
        return len(self) * self._bytes

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"ImagesOnDisk({self._file.name!r}, shape={self.shape})"

    def __getitem__(self, key: Key) -> Pixels:
        if isinstance(key, int | np.integer) and not isinstance(key, bool):
            one: Pixels = self._read(self._in_file(np.array([key])))[0]
            return one
        return self._read(self._in_file(key))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("images on disk must be read to form an array: copy=False is impossible.")
        return self[:].astype(dtype or self.dtype, copy=False)

    def take(self, indices: Key) -> "ImagesOnDisk":
        """Return the images at `indices`, in that order, without reading any pixel."""
        taken, rows = copy.copy(self), self._in_file(indices)
        vars(taken).update(_rows=rows, shape=(len(rows), *self.shape[1:]))
        return taken

    def _in_file(self, key: Key) -> NDArray[np.int64]:
        """Return the images of the file that a key selects; raise IndexError where NumPy does."""
        # A tuple or an ellipsis indexes several dimensions.
        rows = None if isinstance(key, tuple | EllipsisType) else self._rows[key]
        if rows is None or rows.ndim != 1:
            raise IndexError(
                f"{key!r:.80} cannot index {len(self):,} images on disk; expected a number, a slice, or one dimension "
                "of numbers or of one truth value per image. For anything else read the images first: "
                "images[:10][..., 0]."
            )
        return rows

    def _read(self, rows: NDArray[np.int64]) -> Pixels:
        images = np.empty((len(rows), *self.shape[1:]), np.uint8)
        if images.size == 0:
            return images
        view = images.reshape(-1).data
        # Neighbors in one go, and all in file order, which avoids most seeks.
        starts = np.flatnonzero(np.diff(rows, prepend=rows[0] - 2) != 1)
        ends = np.append(starts[1:], len(rows))
        order = np.argsort(rows[starts])
        for start, end, place in zip(
            (starts[order] * self._bytes).tolist(),
            (ends[order] * self._bytes).tolist(),
            (rows[starts][order] * self._bytes + self._offset).tolist(),
            strict=True,
        ):
            self._file.read(view[start:end], place)
        return images


Images: TypeAlias = Pixels | ImagesOnDisk


def chunks(images: Images) -> Iterator[Pixels]:
    """Yield all images in order, a few megabytes at a time."""
    step = max(1, BLOCK // max(1, math.prod(images.shape[1:])))
    for start in range(0, len(images), step):
        yield images[start : start + step]
