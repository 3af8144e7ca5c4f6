"""Store a million names in 30 MB, and check that people can read a name."""

import os
import unicodedata
from abc import abstractmethod
from array import array
from collections.abc import Iterable, Sequence
from typing import overload

_JOINERS = "\u200c\u200d"  # of letters in some scripts, and of emoji


def is_readable(text: str) -> bool:
    """Return whether a class may have this name: no control characters, none that change the direction of a line."""
    return bool(text.strip()) and (text.isprintable() or all(map(_is_shown, text)))


def is_path(text: str) -> bool:
    """Return whether a file may have this name."""
    try:
        return bool(text) and b"\0" not in os.fsencode(text)
    except UnicodeEncodeError:  # half of a pair of surrogates
        return False


def class_name(text: str) -> str:
    """Return a label as the name of a class: without surrounding spaces, in one Unicode normal form."""
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text.strip())


def _is_shown(one: str) -> bool:
    # Emoji have joiners and tags; some languages have their own spaces.
    return (
        one.isprintable() or one in _JOINERS or "\U000e0020" <= one <= "\U000e007f" or unicodedata.category(one) == "Zs"
    )


class Texts(Sequence[str]):
    """Texts that are made on demand, by number or slice."""

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
        """Make the text with a number."""


class Names(Texts):
    """Texts in one block of memory; the same number of Python strings takes four times as much."""

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
