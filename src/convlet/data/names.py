"""A million names in 30 MB."""

import os
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Sequence
from typing import overload


class Texts(Sequence[str]):
    """Texts that are made when asked for, by number or slice."""

    @overload
    def __getitem__(self, key: int) -> str: ...
    @overload
    def __getitem__(self, key: slice) -> list[str]: ...
    def __getitem__(self, key: int | slice) -> str | list[str]:
        if isinstance(key, slice):
            return [self._one(index) for index in range(*key.indices(len(self)))]
        return self._one(key)

    @abstractmethod
    def _one(self, index: int) -> str:
        """Make the text of a number."""


class Names(Texts):
    """Texts in a row, in one piece of memory; as many Python strings take four times as much."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._bytes, self._ends = bytearray(), array("Q")
        for name in names:
            self.append(name)

    def append(self, name: str) -> None:
        """Add a text at the end."""
        self._bytes += os.fsencode(name)
        self._ends.append(len(self._bytes))

    def __len__(self) -> int:
        return len(self._ends)

    def _one(self, index: int) -> str:
        return os.fsdecode(bytes(self._bytes[self._ends[index - 1] if index else 0 : self._ends[index]]))
