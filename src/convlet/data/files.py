"""The names of the files that images came from, and the files that were left out."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class LeftOut(NamedTuple):
    """A file that was not read, and the reason."""

    file: str
    reason: str


class FileNames:
    """The name of each image's file, made when asked for: a million names would take more memory than their images.

    Args:
        name_of: from a row to a name: the path relative to the data set, or the member of an archive.
        rows: int64 (n,), the row of each image.
    """

    def __init__(self, name_of: Callable[[int], str], rows: NDArray[np.int64]) -> None:
        self._name_of, self._rows = name_of, rows

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> str:
        return self._name_of(int(self._rows[index]))

    def __iter__(self) -> Iterator[str]:
        return (self[index] for index in range(len(self)))

    def take(self, indices: NDArray[np.int64]) -> "FileNames":
        """Return the names at `indices`, in that order."""
        return FileNames(self._name_of, self._rows[indices])
