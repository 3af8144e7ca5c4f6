"""Collect pixels that arrive piece by piece: a few in memory, many in a temporary file."""

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.errors import OutputError

_LARGE_FILES = Path("/var/tmp")  # noqa: S108
_CHOOSING = ("TMPDIR", "TEMP", "TMP")


class Spill:
    """Gathers an unknown number of pixels.

    The temporary file has no name (on Windows it is deleted when closed), so it disappears with its images or with the
    process.

    Args:
        name: where the pixels come from, a path, for errors.
        needed: the bytes that a header promises, if any; not trusted.
        in_memory: the most bytes kept in memory; the default is `convlet.data.disk.IN_MEMORY`.
    """

    def __init__(self, name: str, *, needed: int = 0, in_memory: float | None = None) -> None:
        self.name, self.needed, self.written = name, needed, 0
        self._file: OpenFile | None = None
        self._held = bytearray()
        self._limit = disk.IN_MEMORY if in_memory is None else in_memory
        self._room = self._limit if needed <= self._limit else disk.BLOCK

    def add(self, pixels: bytes | NDArray[np.uint8]) -> None:
        """Append pixels.

        Raises:
            OutputError: no space is left, or no temporary file can be made.
        """
        self._held += pixels if isinstance(pixels, bytes) else pixels.tobytes()
        if len(self._held) > self._room:
            self._write()

    def images(self, shape: tuple[int, ...]) -> Images:
        """Return all pixels as images, uint8 of a shape (n, height, width) or (n, height, width, channels).

        Raises:
            OutputError: see `add`.
        """
        if self._file is None and len(self._held) <= self._limit:
            return np.frombuffer(self._held, np.uint8).reshape(shape)
        return ImagesOnDisk(self._write(), 0, shape)

    def _write(self) -> OpenFile:
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
                f"{self.name} has {size} bytes of pixels, too many for memory, and their temporary file in {folder} "
                f"cannot be written: {error.strerror or error}. Free some space there, or set {_CHOOSING[0]} to a "
                "folder with more."
            ) from error
        self._held, self._room = bytearray(), disk.BLOCK
        return self._file


def room() -> int:
    """Return the bytes a temporary file may use: half of the free space; 0 if there is no place for one."""
    try:
        return shutil.disk_usage(temporary_folder()).free // 2
    except (OSError, OutputError):
        return 0


def temporary_folder() -> str:
    """Return the folder for large temporary files: the user's choice, else the system's folder for large ones.

    Raises:
        OutputError: none can be written to.
    """
    # On many Linux systems /tmp is in memory, which is no place for pixels that do not fit there.
    if not any(map(os.environ.get, _CHOOSING)) and os.access(_LARGE_FILES, os.W_OK | os.X_OK):
        return str(_LARGE_FILES)
    try:
        return tempfile.gettempdir()
    except OSError as error:
        raise OutputError(
            f"there is no folder for temporary files ({error.strerror}). Name one in {_CHOOSING[0]}."
        ) from error
