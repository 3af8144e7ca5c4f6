"""What a model reads on a page: characters, rows and numbers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, overload

from convlet.prediction.answer import Answer
from convlet.reading import Character


@dataclass(frozen=True)
class Number:
    """A group of characters that stand close together in a row.

    Attributes:
        text: its characters, with ? for what is not known.
        value: the same as a number, such as "4,20" or "-17"; "" if it is none: no digit, a letter, an unknown
            character, or points that stand at an end or are several.
        characters: their numbers on the page, from 0.
        least_sure: which of them the model is least sure of; None without a class among them.
    """

    text: str
    value: str
    characters: tuple[int, ...]
    least_sure: int | None


@dataclass(frozen=True)
class Row:
    """A row of a page.

    Attributes:
        text: its groups, separated by spaces.
        numbers: its groups from left to right.
        fits: whether it reads as expected; None if nothing was expected.
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
    """

    def __init__(
        self,
        characters: Sequence[Character] = (),
        answers: Sequence[Answer] = (),
        symbols: Sequence[str] = (),
        rows: Sequence[Row] = (),
        print_dropped: int = 0,
    ) -> None:
        self._characters = tuple(characters)
        self.answers, self.symbols, self.rows = tuple(answers), tuple(symbols), tuple(rows)
        self.print_dropped = print_dropped

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
        """The rows, one per line, without spaces between the characters; ? for what is not known."""
        rows: dict[int, list[str]] = {}
        for character, answer, symbol in zip(self._characters, self.answers, self.symbols, strict=True):
            rows.setdefault(character.line, []).append(shown(answer, symbol))
        return "\n".join(joined(rows[row]) for row in sorted(rows))

    def facts(self) -> dict[str, Any]:
        """Return the page for JSON.

        Returns:
            `text`; `rows`: for each its `text`, `fits` and `numbers` (`text`, `value`, `characters`, and `least_sure`
            with its two likeliest answers); `print_dropped`; `characters`: for each its `box`, `line`, `symbol` and
            the fields of `Answer`.
        """
        return {
            "text": self.text,
            "rows": [
                {"text": row.text, "numbers": [self._number(number) for number in row.numbers], "fits": row.fits}
                for row in self.rows
            ],
            "print_dropped": self.print_dropped,
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
            "characters": list(number.characters),
            "least_sure": unsure,
        }


def joined(texts: Sequence[str]) -> str:
    """Return characters as a text: with spaces between them if a class has a name of several letters."""
    return (" " if any(len(text) > 1 for text in texts) else "").join(texts)


def shown(answer: Answer, symbol: str) -> str:
    """Return a character as it stands in a text."""
    return symbol or (answer.label if answer.known else "?")
