"""Store encoded images in one temporary file, each after 512 bytes with its name, as in a `.tar`."""

import errno
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from convlet.data import spill, tar
from convlet.errors import OutputError


class Store:
    """A temporary file of images from one source. The block that opens it deletes it on failure; else its owner does.

    Args:
        source: the file or folder of the images, for errors.

    Attributes:
        file: its path.
    """

    def __init__(self, source: Path) -> None:
        self._source = source
        self._room = shutil.disk_usage(spill.temporary_folder()).free * 9 // 10
        self._out = tempfile.NamedTemporaryFile(  # noqa: SIM115  closed by the block
            dir=spill.temporary_folder(), prefix="convlet-", suffix=f"-{source.name}", delete=False
        )
        self.file = self._out.name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._out.close()
        if kind is not None:
            Path(self.file).unlink()
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise self._no_room() from error

    def add(self, name: str, pieces: Iterable[bytes], size: int) -> tuple[int, int]:
        """Append an image of `size` bytes; return its offset and the number of bytes received.

        Raises:
            OutputError: no space for it.
        """
        if self._out.tell() + size > self._room:
            raise self._no_room()
        self._out.write(name.encode("utf-8", "surrogateescape")[:99].ljust(tar.BLOCK, b"\0"))
        start = self._out.tell()
        return start, sum(self._out.write(piece) for piece in pieces)

    def _no_room(self) -> OutputError:
        return OutputError(
            f"the content of {self._source} does not fit in {spill.temporary_folder()}. Free some space there, or set "
            "TMPDIR to a folder with more."
        )
