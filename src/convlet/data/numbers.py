"""Read the numbers in a table of pixels block by block, and name wrong ones by their line."""

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from convlet.data.columns import no_utf8
from convlet.errors import DataError

_CELLS = 1 << 22  # numbers parsed at a time: 16 MB, and as much text


class FractionsError(Exception):
    """Pixels are not whole numbers, but uint8 was requested."""


@dataclass(frozen=True)
class Columns:
    """The columns of a table of pixels.

    Attributes:
        count: how many there are.
        label: the one with the labels; None without.
        index: the one that counts the rows; None without.
        header: whether the first line names them.
        delimiter: between cells.
    """

    count: int
    label: int | None
    index: int | None
    header: bool
    delimiter: str

    @property
    def pixels(self) -> int:
        """How many columns are pixels."""
        return self.count - (self.label is not None) - (self.index is not None)


def numbers_of(
    path: Path, columns: Columns, dtype: np.dtype[Any], texts: dict[str, int]
) -> Iterator[tuple[NDArray[np.int64], NDArray[Any]]]:
    """Yield labels, int64 (k,), and pixels, (k, pixels), block by block; without a column, labels are meaningless.

    Args:
        path: the table.
        columns: its columns.
        dtype: uint8, or float32 for pixels that are not whole numbers.
        texts: gets the texts of the labels, each with its number; the labels yielded are these numbers.

    Raises:
        FractionsError: a pixel is not a whole number, but uint8 was requested.
        DataError: an invalid row or pixel; its line is given.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            line = 1
            if columns.header:
                while not file.readline().strip():
                    line += 1
                line += 1
            for lines, table in _tables(file, line, path, columns, texts):
                labels = table[:, columns.label or 0].astype(np.int64)
                others = [place for place in (columns.label, columns.index) if place is not None]
                yield labels, _checked(np.delete(table, others, axis=1), path, lines, dtype)
    except UnicodeDecodeError as error:
        raise no_utf8(path) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def _tables(
    file: TextIO, line: int, path: Path, columns: Columns, texts: dict[str, int]
) -> Iterator[tuple[list[int], NDArray[Any]]]:
    """Yield the lines of the remaining rows, from `line` on, and their numbers, (k, columns).

    Labels are numbered by `texts`.
    """
    numbered, first = enumerate(file, line), dict[float, int]()  # the line in which a label first appears
    while block := list(islice(numbered, max(1, _CELLS // columns.count))):
        rows = [(line, text) for line, text in block if text.strip()]
        if not rows:
            continue
        lines = [line for line, _ in rows]
        converters: dict[int | str, Any] = {}
        if columns.label is not None:
            converters[columns.label] = lambda text: texts.setdefault(text.strip().strip('"').strip(), len(texts))
        if columns.index is not None:
            converters[columns.index] = lambda _text: 0
        given = [text for _, text in rows]
        try:
            table = _parsed(given, columns, converters, np.dtype(np.int32))
        except ValueError:
            try:
                table = _parsed(given, columns, converters, np.dtype(np.float64))  # such as 12.0
            except ValueError as error:
                raise _no_table(path, error, lines) from error
        if table.shape[1] != columns.count:
            was = f"the header names {columns.count} columns, the rows have"
            if lines[0] > 2 or not columns.header:
                was = f"line {lines[0]}: the number of columns changed from {columns.count} to"
            raise DataError(f"{path}: {was} {table.shape[1]}.")
        if columns.label is not None:
            places = table[:, columns.label].tolist()
            first |= {number: lines[places.index(number)] for number in set(places) - first.keys()}
            if "" in texts:
                raise _no_label(path, first[texts[""]], "no label")
        yield lines, table
    if (wrong := _fraction(texts)) is not None:
        raise _no_label(path, first[texts[wrong]], f"the label {wrong[:40]}")


def _no_label(path: Path, line: int, found: str) -> DataError:
    return DataError(f"{path}: line {line} has {found}; expected a whole number, or the name of a class.")


def _fraction(texts: Iterable[str]) -> str | None:
    """Return a label that is not a whole number if all are numbers: class names may look like numbers."""
    try:
        numbers = {text: float(text) for text in texts}
    except ValueError:
        return None
    return next((text for text, number in numbers.items() if not number.is_integer()), None)


def _parsed(lines: list[str], columns: Columns, converters: dict[int | str, Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    # C code parses 42,000 images in a few seconds; int32 and float64 keep a wrong value, so that its line can be named.
    with warnings.catch_warnings(action="ignore"):
        found: NDArray[Any] = np.loadtxt(
            lines,
            dtype=dtype,
            delimiter=columns.delimiter,
            ndmin=2,
            comments=None,
            quotechar='"',
            converters=converters or None,
            encoding=None,
        )
        return found


def _no_table(path: Path, error: ValueError, lines: list[int]) -> DataError:
    """Return NumPy's error without advice about its own options, and with its rows as lines of the file."""
    said = str(error).split(";")[0].splitlines()[0].rstrip(".")
    at = re.search(r" at row (\d+)", said)
    where = ""
    if at:
        # NumPy counts rows from 0 if a cell is wrong, from 1 if the number of cells is.
        row = int(at[1]) - ("number of columns" in said)
        where, said = f" line {lines[min(row, len(lines) - 1)]}:", said.replace(at[0], "")
    return DataError(f"{path}:{where} {said}. Every row needs the same number of cells: whole numbers and one label.")


def _checked(pixels: NDArray[Any], path: Path, lines: list[int], dtype: np.dtype[Any]) -> NDArray[Any]:
    wrong = ~((pixels >= 0) & (pixels <= 255))
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DataError(
            f"{path}: line {lines[row]}, pixel {column} is {pixels[row, column]:.15g}; pixels are 0 to 255."
        )
    if dtype == np.uint8 and pixels.dtype.kind == "f" and (pixels != np.rint(pixels)).any():
        row, column = np.argwhere(pixels != np.rint(pixels))[0]
        raise FractionsError(f"in line {lines[row]}, pixel {column} is {pixels[row, column]:.6g}")
    return pixels.astype(dtype)
