"""Image files named by a list."""

import os

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import WHOLE, Place
from convlet.data.names import Names


class Paths:
    """Image files by path: an `Encoded`.

    Args:
        names: each file's path as people wrote it.
        base: the folder they are relative to; "" for the current one.
        ending: what follows each name, such as ".jpg".
    """

    def __init__(self, names: Names, base: str = "", ending: str = "") -> None:
        self.names, self.base, self.ending = names, base, ending

    def __len__(self) -> int:
        return len(self.names)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        return self.names[row] + self.ending

    def file(self, row: int) -> str:
        """Return the path to open."""
        return located(self.base, self.names[row] + self.ending)

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return [(self.file(row), 0, WHOLE) for row in rows.tolist()]

    def missing(self) -> list[int]:
        """Return the rows of files that do not exist."""
        return [row for row in range(len(self)) if not os.path.exists(self.file(row))]  # noqa: PTH110  a million

    def take(self, rows: NDArray[np.int64]) -> "Paths":
        """Return the files with these numbers."""
        return Paths(Names(self.names[row] for row in rows.tolist()), self.base, self.ending)


def located(base: str, name: str) -> str:
    """Return where a file is: `name` in the folder `base`, with the separators of this system."""
    name = name if os.sep == "\\" else name.replace("\\", "/")
    return os.path.join(base, os.path.expanduser(name))  # noqa: PTH111, PTH118  a million Paths cost seconds
