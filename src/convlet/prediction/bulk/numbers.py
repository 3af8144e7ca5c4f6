"""Read a chunk of pages: one row for each number, or for each cell of a grid."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, NamedTuple

from convlet.errors import MissingExtraError, ModelError, UsageError
from convlet.prediction.bulk.block import DECIMALS, Counted
from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.pages import Page, Wish
from convlet.prediction.predictor import Predictor
from convlet.reading.batch import why

_BOX = ("left", "top", "right", "bottom")


class Numbers(NamedTuple):
    """The numbers on some pages.

    Attributes:
        names: the name of each page.
        known: of each page, whether the model knows all of its characters.
        empty: of each page, whether it has no ink.
        errors: of each page, why it is unreadable, or None.
        rows: a table's rows, see `columns_of`; a page without numbers has one with nothing but its name and error.
    """

    names: list[str]
    known: list[bool]
    empty: list[bool]
    errors: list[str | None]
    rows: list[list[Any]]

    def counted(self) -> Iterator[Counted]:
        """See `Block`."""
        for known, empty, error in zip(self.known, self.empty, self.errors, strict=True):
            yield Counted(error, known, empty, None)

    def records(self) -> Iterator[list[Any]]:
        """See `Block`."""
        yield from self.rows

    def arrow(self, columns: Sequence[str]) -> Any:
        """See `Block`."""
        import pyarrow as pa

        text, whole, kinds = pa.string(), pa.int32(), {"probability": pa.float32(), "fits": pa.bool_()}
        kinds |= dict.fromkeys(("input", "text", "value", "error"), text)
        held = [
            pa.array(column, kinds.get(name, whole))
            for name, column in zip(columns, zip(*self.rows, strict=True), strict=True)
        ]
        return pa.Table.from_arrays(held, names=list(columns))


def columns_of(wish: Wish) -> list[str]:
    """Return the names of the columns; rows, numbers and a grid's columns count from 1."""
    place = "column" if wish.grid else "number"
    return ["input", "row", place, "text", "value", "probability", "fits", *_BOX, "error"]


def read(predictor: Predictor, chunk: Chunk, wish: Wish) -> Numbers:
    """Read the pages of a chunk; an unreadable one does not affect the others."""
    found = Numbers([], [], [], [], [])
    sources: Sequence[Any] = chunk.paths or [] if chunk.images is None else list(chunk.images)
    for name, source in zip(chunk.names, sources, strict=True):
        error = None
        try:
            page = predictor.read_page(source, **asdict(wish))
        except (MissingExtraError, ModelError, UsageError):  # of every page
            raise
        except Exception as raised:  # noqa: BLE001  whatever one page does, the others are read
            page, error = Page(), why(raised).replace(str(source), name)
        rows = [[name, *row, None] for row in _rows(page)]
        found.rows.extend(rows or [[name, *[None] * 10, error]])
        found.names.append(name)
        known = [answer.known or bool(symbol) for answer, symbol in zip(page.answers, page.symbols, strict=True)]
        found.known.append(error is None and all(known))
        found.empty.append(error is None and not len(page))
        found.errors.append(error)
    return found


def _rows(page: Page) -> Iterator[list[Any]]:
    """Yield what a table's rows hold between the name and the error."""
    for row, line in enumerate(page.rows, 1):
        for place, number in enumerate(line.numbers, 1):
            least = number.least_sure
            sure = None if least is None else round(page.answers[least].probability, DECIMALS)
            fits = number.fits if page.grid else line.fits
            yield [row, place, number.text, number.value, sure, fits, *number.box]
