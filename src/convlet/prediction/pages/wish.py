"""Say how a page is to be read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from convlet.errors import UsageError
from convlet.prediction.pages.expected import Expected, expectation
from convlet.reading.grid import require_size

PRINT = ("drop", "keep")


@dataclass(frozen=True)
class Wish:
    """How a page is to be read; see `Predictor.read_page`."""

    keep_print: bool | None = None
    expect: str | None = None
    grid: tuple[int, int] | None = None

    def check(self) -> Expected | None:
        """Return what is expected of a row, or None.

        Raises:
            UsageError: a value is out of range, or does not go with the others.
        """
        expected = None if self.expect is None else expectation(self.expect)
        if self.grid is None:
            return expected
        require_size(*self.grid)
        if self.keep_print is False:
            raise UsageError("print in a grid is part of it and cannot be dropped. Expected no print=drop with a grid.")
        if expected and expected.page:
            raise UsageError(
                f"the pattern {self.expect!r} is for a whole page, and a grid is read cell by cell. Expected a pattern "
                "for each cell, without a line break."
            )
        return expected


def wished(print_: str | None = None, expect: str | None = None, grid: str | None = None) -> Wish:
    """Return how to read a page, from the words of options: "drop" or "keep", a pattern, and ROWSxCOLUMNS.

    Raises:
        UsageError: an option has another value, or does not go with the others.
    """
    if print_ not in (None, *PRINT):
        raise UsageError(f"print is {print_[:40]!r}; expected {' or '.join(PRINT)}.")
    wish = Wish(None if print_ is None else print_ == "keep", expect, None if grid is None else size_of(grid))
    wish.check()
    return wish


def size_of(grid: str | Sequence[int]) -> tuple[int, int]:
    """Return a grid's numbers of rows and columns, from text such as "9x9" or from two numbers.

    Raises:
        UsageError: it is neither.
    """
    text = grid if isinstance(grid, str) else "x".join(map(str, grid)) if isinstance(grid, Sequence) else ""
    found = re.fullmatch(r"(\d{1,4})[x\u00d7](\d{1,4})", text.strip().lower(), re.ASCII)
    if not found:
        raise UsageError(f"the grid is {str(grid)[:40]!r}; expected ROWSxCOLUMNS, such as 9x9 for a Sudoku.")
    return int(found[1]), int(found[2])
