"""A million names in 30 MB, and names as a table can hold them."""

import os
from array import array
from collections.abc import Sequence


class Names(Sequence[str]):
    """Texts in a row, held in one piece of memory."""

    def __init__(self) -> None:
        self._bytes, self._ends = bytearray(), array("Q")

    def append(self, name: str) -> None:
        """Add a text behind the others."""
        self._bytes += os.fsencode(name)
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, key):  # type: ignore[no-untyped-def]
        if isinstance(key, slice):
            return [self[index] for index in range(*key.indices(len(self)))]
        return os.fsdecode(bytes(self._bytes[self._ends[key - 1] if key else 0 : self._ends[key]]))


def spelled(name: str) -> str:
    """A name that every table can hold: bytes that are no UTF-8 are spelled out."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
