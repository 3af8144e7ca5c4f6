"""Guess which column of a table without a header holds whole numbers as labels, from rows all over the file."""

import contextlib
import csv
from collections.abc import Sequence
from pathlib import Path

from convlet.data.numbers import Columns
from convlet.errors import DataError

_ROWS = 256  # from all over the file, which may be sorted by class
_DENSE = 2  # times as many labels from the smallest to the largest as different ones seen


def looks_labelled(path: Path, columns: Columns, candidates: Sequence[int]) -> int | None:
    """Return which of some columns holds labels instead of pixels.

    Labels are different whole numbers close together; a pixel is nearly always the same, as in the corner of a drawing,
    or spreads from 0 to 255.

    Args:
        path: the table.
        columns: its delimiter and count.
        candidates: the positions to look at.

    Returns:
        The one that looks like labels, of two the one that begins at 0 or 1; None if none does.

    Raises:
        DataError: two look equally likely; or the file cannot be read.
    """
    rows = _some_rows(path, columns)
    seen = {place: {float(row[place]) for row in rows} for place in candidates if _are_labels([r[place] for r in rows])}
    labels = [place for place, numbers in seen.items() if min(numbers) in (0, 1)] or [*seen]
    if len(labels) > 1:
        first, last = (f"{len(seen[place])} different numbers in column {place + 1}" for place in labels)
        raise DataError(
            f"{path}: it is ambiguous which column holds the labels: {first}, {last}. Name the columns in a first "
            "line: label,pixel0,pixel1,... or pixel0,pixel1,...,label."
        )
    return labels[0] if labels else None


def _are_labels(cells: Sequence[str]) -> bool:
    try:
        numbers = {float(cell) for cell in cells}
        whole = all(number == int(number) and number >= 0 for number in numbers)
    except (ValueError, OverflowError):
        return False
    if len(numbers) < 2 or not whole:
        return False
    return max(numbers) - min(numbers) < _DENSE * len(numbers) and len(numbers) <= len(cells) / 2


def _some_rows(path: Path, columns: Columns) -> list[list[str]]:
    lines: dict[int, bytes] = {}
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            for part in range(_ROWS):
                file.seek(size * part // _ROWS)
                if part:
                    file.readline()  # the rest of a row
                lines[file.tell()] = file.readline()
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    rows: list[list[str]] = []
    for line in lines.values():
        text = line.decode("utf-8-sig", "replace").strip("\r\n")
        with contextlib.suppress(csv.Error):  # whoever reads every row reports it
            rows += csv.reader([text], delimiter=columns.delimiter)
    return [[cell.strip() for cell in row] for row in rows if len(row) == columns.count]
