"""Pixels that come piece by piece: kept in memory while they are few, in a temporary file as soon as they are many."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.errors import OutputError

_LARGE_FILES = Path("/var/tmp")
_CHOOSING = ("TMPDIR", "TEMP", "TMP")


class Spill:
    """Gathers pixels of which nobody knows how many will come.

    The temporary file has no name (on Windows: is deleted when closed), so it is gone with the images that are in it, or with the process.

    Args:
        name: what the pixels are of, for errors: a path.
        needed: the bytes that will come, where a header promises them; they are not relied on.
        in_memory: the bytes from which on they go into a file; the default is `convlet.data.disk.IN_MEMORY`.
    """

    def __init__(self, name: str, *, needed: int = 0, in_memory: float | None = None) -> None:
        self.name, self.needed, self.written = name, needed, 0
        self._file: OpenFile | None = None
        self._held = bytearray()
        self._limit = disk.IN_MEMORY if in_memory is None else in_memory
        self._room = (
            self._limit if needed <= self._limit else disk.BLOCK
        )  # where all of them come is known: no need to wait

    def add(self, pixels: bytes | NDArray[np.uint8]) -> None:
        """Add pixels behind those there are.

        Raises:
            OutputError: no space is left, or no temporary file can be made.
        """
        self._held += pixels if isinstance(pixels, bytes) else pixels.tobytes()
        if len(self._held) > self._room:
            self._write()

    def images(self, shape: tuple[int, ...]) -> Images:
        """All the pixels as images of a shape (n, height, width) or (n, height, width, channels); on disk, or a uint8 array.

        Raises:
            OutputError: see `add`.
        """
        if self._file is None and len(self._held) <= self._limit:
            return np.frombuffer(self._held, np.uint8).reshape(shape)
        return ImagesOnDisk(self._write(), 0, shape)

    def _write(self) -> OpenFile:
        """Move what is held into the file."""
        folder, rest = temporary_folder(), memoryview(self._held)
        try:
            if self._file is None:
                with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
                    self._file = OpenFile(file.fileno(), f"the temporary file of {self.name} in {folder}")
            while rest:
                count = os.write(self._file.descriptor, rest)
                rest, self.written = rest[count:], self.written + count
        except OSError as error:
            size = f"{self.needed:,}" if self.needed else f"more than {self.written + len(rest):,}"
            raise OutputError(
                f"{self.name} has {size} bytes of pixels, too many for memory, and the temporary file for them in {folder} "
                f"cannot be written: {error.strerror or error}. Free some space there, or name a folder with more of it in {_CHOOSING[0]}."
            ) from error
        self._held, self._room = bytearray(), disk.BLOCK
        return self._file


def room() -> int:
    """Bytes that a temporary file may take: half of those that are free, none where there is no place for one."""
    try:
        return shutil.disk_usage(temporary_folder()).free // 2
    except (OSError, OutputError):
        return 0


def temporary_folder() -> str:
    """Where large temporary files go: the folder that the user chose for temporary files, else the system's for large ones.

    Raises:
        OutputError: there is none that can be written to.
    """
    # On many a Linux /tmp lies in memory, where pixels that are too many for memory should not go.
    if not any(map(os.environ.get, _CHOOSING)) and os.access(_LARGE_FILES, os.W_OK | os.X_OK):
        return str(_LARGE_FILES)
    try:
        return tempfile.gettempdir()
    except OSError as error:
        raise OutputError(
            f"there is no folder for temporary files ({error.strerror}). Name one in {_CHOOSING[0]}."
        ) from error
