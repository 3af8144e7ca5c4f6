"""Say what a chunk of answers has to offer: what is written into a table, and what is counted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple, Protocol, TypeVar

import numpy as np

DECIMALS = 6  # of a probability as text
_LISTED = 10  # errors kept


class Counted(NamedTuple):
    """What is counted of one image.

    Attributes:
        error: why it is unreadable, or None.
        known: whether the model knows what it is, of a page every character.
        empty: whether there is no ink.
        label: see `Answer.label`; None for a page.
    """

    error: str | None
    known: bool
    empty: bool
    label: str | None


class Block(Protocol):
    """Answers for some images, in order."""

    @property
    def names(self) -> list[str]:
        """The name of each image."""

    def counted(self) -> Iterator[Counted]:
        """Yield what is counted of each image."""

    def records(self) -> Iterator[list[Any]]:
        """Yield the rows of a table as text has them."""

    def arrow(self, columns: Sequence[str]) -> Any:
        """Return them as a `pyarrow.Table`."""


@dataclass
class Counts:
    """The images so far, counted: `images` is `unreadable`, `empty` and all of `classes` together, but for pages.

    Attributes:
        images: all, unreadable ones included.
        unknown: images of none of the classes, empty ones included; pages with a character that is not known.
        empty: images without ink, which are in no class.
        classes: all other images by label; of pages none.
        errors: of the first ten unreadable images.
    """

    images: int = 0
    unreadable: int = 0
    unknown: int = 0
    empty: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add(self, block: Block) -> None:
        """Count more."""
        for one in block.counted():
            self.images += 1
            if one.error is not None:
                self.unreadable += 1
                self.errors = [*self.errors, one.error][:_LISTED]
                continue
            self.unknown += not one.known
            if one.empty:  # its label is "empty", which may also be a class's name
                self.empty += 1
            elif one.label is not None:
                self.classes[one.label] = self.classes.get(one.label, 0) + 1


_Block = TypeVar("_Block")


def joined(parts: Sequence[_Block]) -> _Block:
    """Return all answers, in order; each is a tuple of columns."""
    columns: Any = zip(*parts, strict=True)
    whole: Any = (np.concatenate(one) if isinstance(one[0], np.ndarray) else [*chain(*one)] for one in columns)
    return type(parts[0])(*whole)
