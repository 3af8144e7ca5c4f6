"""Name the files that images came from, and the files that were left out."""

import contextlib
import csv
import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Encoded, Place
from convlet.data.names import Texts
from convlet.system.files import write_text

MAY_LACK = 1 / 20  # of the images of a split may be missing or unreadable
_NAMED = 5

_HOLDING = frozenset({".npz", ".npy", ".parquet", ".mat", ".bin", ".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"})


class LeftOut(NamedTuple):
    """A file that was not read, or a folder with a number of `files`, and the reason."""

    file: str
    reason: str
    files: int = 1


class Unreadable(LeftOut):
    """An image file that cannot be read."""

    __slots__ = ()


def quarantine(left_out: Sequence[LeftOut], path: Path) -> None:
    """Add the unreadable images to a CSV, `file,reason`, which keeps its own.

    Raises:
        OutputError: it cannot be written.
    """
    unreadable = {_printable(one.file): _printable(one.reason) for one in left_out if isinstance(one, Unreadable)}
    if not unreadable:
        return
    there: dict[str, str] = {}
    if path.exists():
        with path.open(encoding="utf-8", errors="replace", newline="") as file, contextlib.suppress(csv.Error):
            there |= ((row[0], row[1]) for row in csv.reader(file) if len(row) == 2)
    table = io.StringIO()
    csv.writer(table, lineterminator="\n").writerows(({"file": "reason"} | there | unreadable).items())
    write_text(path, table.getvalue())


def files_of(left_out: Sequence[LeftOut]) -> int:
    """Return how many files were left out, with those in folders."""
    return sum(one.files for one in left_out)


def left_out_note(left_out: Sequence[LeftOut]) -> str:
    """Return a line for the user: how many files were left out, the first names, and the first reason."""
    first = [one.file if one.files == 1 else f"{one.file} ({one.files:,} files)" for one in left_out[:_NAMED]]
    names = ", ".join(first) + (", ..." if len(left_out) > _NAMED else "")
    total = files_of(left_out)
    files = "1 file" if total == 1 else f"{total:,} files"
    return _printable(f"{files} not read: {names}. The first: {left_out[0].reason.rstrip('.')}.")


class FileNames(Texts):
    """The name of each image's file, made on demand: a million names would take more memory than their images.

    Args:
        encoded: where the files are.
        rows: int64 (n,), the row of each image.
    """

    def __init__(self, encoded: Encoded, rows: NDArray[np.int64]) -> None:
        self._encoded, self._rows = encoded, rows

    def __len__(self) -> int:
        return len(self._rows)

    def _one(self, index: int) -> str:
        return os.fsencode(self._encoded.name_of(int(self._rows[index]))).decode("utf-8", "replace")

    def take(self, indices: NDArray[np.int64]) -> "FileNames":
        """Return the names at `indices`, in that order."""
        return FileNames(self._encoded, self._rows[indices])

    def places(self, indices: NDArray[np.int64]) -> list[Place]:
        """Return where the files at `indices` are."""
        return self._encoded.places(self._rows[indices])


def _printable(text: str) -> str:
    """Return a text with names that are not UTF-8 escaped."""
    return text.encode("utf-8", "backslashreplace").decode()


def may_hold_images(name: str) -> bool:
    """Return whether a file of this name may hold images without being one."""
    return Path(name).suffix.lower() in _HOLDING or "ubyte" in name
