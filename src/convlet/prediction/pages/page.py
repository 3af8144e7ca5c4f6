"""What a model reads on a page: characters, rows and numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload

from convlet.prediction.answer import Answer
from convlet.reading import Character


@dataclass(frozen=True)
class Number:
    """A group of characters that stand close together in a row; in a grid what is in a cell.

    Attributes:
        text: its characters, with ? for what is not known; "" in an empty cell.
        value: the same as a number, such as "4,20" or "-17"; "" if it is none: no digit, a letter, an unknown
            character, or points that stand at an end or are several.
        characters: their numbers on the page, from 0.
        least_sure: which of them the model is least sure of; None without a class among them.
        box: (left, top, right, bottom) around it, or of the cell, in pixels of the full-size upright picture.
        fits: whether a cell reads as expected; None if nothing was expected, it is empty, or there is no grid.
    """

    text: str
    value: str
    characters: tuple[int, ...]
    least_sure: int | None
    box: tuple[int, int, int, int] = (0, 0, 0, 0)
    fits: bool | None = None


@dataclass(frozen=True)
class Row:
    """A row of a page.

    Attributes:
        text: its groups, separated by spaces; in a grid its cells, separated by tabs.
        numbers: its groups from left to right; in a grid its cells.
        fits: whether it reads as expected, in a grid each cell that is not empty; None if nothing was expected, or all
            cells are empty.
    """

    text: str
    numbers: tuple[Number, ...]
    fits: bool | None = None


class Page(Sequence[Character]):
    """The characters of a page in reading order, and what the model takes them for.

    Attributes:
        answers: an `Answer` for each character; known ones fit the page or are sure by themselves.
        symbols: for each character the one of `SYMBOLS` that it is instead, else "".
        rows: from the top down.
        print_dropped: how many printed characters are not among them.
        grid: (rows, columns) of the grid that it was read as; None if it was read as rows.
    """

    def __init__(
        self,
        characters: Sequence[Character] = (),
        answers: Sequence[Answer] = (),
        symbols: Sequence[str] = (),
        rows: Sequence[Row] = (),
        print_dropped: int = 0,
        grid: tuple[int, int] | None = None,
    ) -> None:
        self._characters = tuple(characters)
        self.answers, self.symbols, self.rows = tuple(answers), tuple(symbols), tuple(rows)
        self.print_dropped, self.grid = print_dropped, grid

    def __len__(self) -> int:
        return len(self._characters)

    @overload
    def __getitem__(self, place: int) -> Character: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Character, ...]: ...

    def __getitem__(self, place: int | slice) -> Character | tuple[Character, ...]:
        return self._characters[place]

    @property
    def text(self) -> str:
        """The rows, one per line, without spaces between the characters; ? for what is not known.

        In a grid there are tabs between the cells.
        """
        if self.grid:
            return "\n".join(row.text for row in self.rows)
        rows: dict[int, list[str]] = {}
        for character, answer, symbol in zip(self._characters, self.answers, self.symbols, strict=True):
            rows.setdefault(character.line, []).append(shown(answer, symbol))
        return "\n".join(joined(rows[row]) for row in sorted(rows))

    def facts(self) -> dict[str, Any]:
        """Return the page for JSON.

        Returns:
            `text`; `rows`: for each its `text`, `fits` and `numbers` (`text`, `value`, `box`, `characters`, `fits`,
            and `least_sure` with its two likeliest answers); `print_dropped`; `grid`; `characters`: for each its `box`,
            `line`, `symbol` and the fields of `Answer`.
        """
        return {
            "text": self.text,
            "rows": [
                {"text": row.text, "numbers": [self._number(number) for number in row.numbers], "fits": row.fits}
                for row in self.rows
            ],
            "print_dropped": self.print_dropped,
            "grid": self.grid and list(self.grid),
            "characters": [
                {"box": list(character.box), "line": character.line, "symbol": symbol, **asdict(answer)}
                for character, answer, symbol in zip(self._characters, self.answers, self.symbols, strict=True)
            ],
        }

    def _number(self, number: Number) -> dict[str, Any]:
        least = number.least_sure
        unsure = None if least is None else {"character": least, "top": list(self.answers[least].top[:2])}
        return {
            "text": number.text,
            "value": number.value,
            "box": list(number.box),
            "characters": list(number.characters),
            "fits": number.fits,
            "least_sure": unsure,
        }


def joined(texts: Sequence[str]) -> str:
    """Return characters as a text: with spaces between them if a class has a name of several letters."""
    return (" " if any(len(text) > 1 for text in texts) else "").join(texts)


def shown(answer: Answer, symbol: str) -> str:
    """Return a character as it stands in a text."""
    return symbol or (answer.label if answer.known else "?")
