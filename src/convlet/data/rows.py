"""Read the rows of a list of image files, each with its line number as editors count."""

import csv
import json
import posixpath
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from convlet.data.columns import Columns, no_utf8, split_named
from convlet.data.names import class_name, is_path, is_readable
from convlet.errors import DataError

_LONGEST = 200  # characters of a label

# line, path, label, split
Row = tuple[int, str, str, str | None]


def rows_of(path: Path, columns: Columns, lacking: str = "names no image file") -> Iterator[Row]:
    """Yield the line, path, label and split of each row; empty lines are skipped.

    Args:
        path: the list.
        columns: where its columns are.
        lacking: what an error says about a row without a path.

    Raises:
        DataError: an invalid line, with its number; or the file cannot be read as UTF-8.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = _cells(path, file, columns) if columns.delimiter else _objects(path, file, columns)
            for line, *cells in rows:
                name, label, split = (cell if cell is None else cell.strip() for cell in cells)
                if not name or not is_path(name):
                    raise DataError(f"{path}: line {line} {lacking}.")
                if name.startswith("./") or "/./" in name:  # ./1.png is 1.png
                    name = posixpath.normpath(name)
                if not label or len(label) > _LONGEST or not is_readable(label):
                    found = f"the label {label[:40]!r}" if label else "no label"
                    raise DataError(f"{path}: line {line} has {found}. Expected the number or the name of a class.")
                yield line, name, class_name(label), split
    except UnicodeDecodeError as error:
        raise no_utf8(path) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def split_in(path: Path, line: int, text: str) -> str:
    """Return the split of a row.

    Raises:
        DataError: none.
    """
    if split := split_named(text):
        return split
    raise DataError(f"{path}: line {line}: the split {text!r} is unknown; expected train, validation or test.")


def _cells(path: Path, file: TextIO, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Yield rows of a table: line, path, label, split."""
    reader = csv.reader(file, delimiter=columns.delimiter)
    wanted = (columns.file, columns.label, columns.split)
    header, line = columns.header, 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) != columns.cells:
                    found = f"{len(cells)} cell{'s' if len(cells) > 1 else ''}"
                    advice = 'Write a comma inside a cell as "a,b".'
                    if reader.line_num > line:
                        found += f" up to line {reader.line_num}, in quotes"
                        advice = f'Is a " missing in line {line}?'
                    raise DataError(
                        f"{path}: line {line} has {found}; expected {columns.cells}, as in the first line. {advice}"
                    )
                if not header:
                    yield (line, *(None if one is None else cells[one] for one in wanted))
                header = False
            line = reader.line_num + 1
    except csv.Error as error:
        raise DataError(f"{path}: line {line} cannot be read: {error}.") from error


def _objects(path: Path, file: TextIO, columns: Columns) -> Iterator[tuple[Any, ...]]:
    """Yield rows of JSON lines: line, path, label, split."""
    for line, text in enumerate(file, 1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except (ValueError, RecursionError) as error:
            said = f"{error.msg}, column {error.colno}" if isinstance(error, json.JSONDecodeError) else str(error)
            raise DataError(f"{path}: line {line} is not a JSON object ({said}).") from error
        if not isinstance(row, dict):
            raise DataError(f"{path}: line {line} is not a JSON object but {text.strip()[:40]!r}.")
        name, label = row.get(columns.file), row.get(columns.label)
        if not isinstance(name, str):
            raise DataError(f"{path}: line {line} has no text under {columns.file!r}; expected an image file.")
        if isinstance(label, bool | list | dict) or label is None or (isinstance(label, float) and label % 1):
            raise DataError(
                f"{path}: line {line} has {label!r} under {columns.label!r}; expected the number or name of a class."
            )
        if columns.split is not None and row.get(columns.split) is None:
            raise DataError(f"{path}: line {line} has no {columns.split}; expected train, validation or test.")
        split = None if columns.split is None else str(row[columns.split])
        yield line, name, str(int(label) if isinstance(label, float) else label), split
