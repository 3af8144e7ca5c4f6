"""Read CSV in the style of Kaggle's digit recognizer: a row per image, a column `label`, a column per pixel."""

import csv
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.columns import TABLES, delimiter_of, no_utf8
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images, chunks
from convlet.data.guess import looks_labelled
from convlet.data.idx import upright_of
from convlet.data.labels import Classes
from convlet.data.numbers import Columns, FractionsError, numbers_of
from convlet.data.pixel_cells import cells_of, read_cells
from convlet.data.pixels import Raw, as_images, raw_of, scale_of
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

_LEVELS = 256
_FEW = 16  # columns
_SHOWN = 3  # names of columns
_LABELS = ("label", "labels", "class", "target", "category", "y", "label_id", "class_id")
_INDEX = re.compile(r"|id|index|idx|#|no|image_?id|unnamed: 0|.*_id")
_NUMBERED = re.compile(r"(?:pixel|pix|px|p)[-_ ]?(\d+)")
_PIXEL = re.compile(r"(pixel|pix|px|p|x|i)?[-_ ]?\d+([x_]\d+)?|\d+x\d+")


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.csv` or `.tsv`."""
    return path.suffix.lower() in TABLES and not path.is_dir()


def read(path: Path, watch: Watch, _wanted: Wanted) -> Dataset:
    """Read a table of square gray images: `label,pixel0,pixel1,...`, with or without that header.

    Commas, semicolons or tabs separate cells, which may be quoted. The labels, whole numbers or text, may be in any
    column by name; without a header in the first or last, which the rows show. A column that counts the rows is
    skipped. All pixels of an image may be in one cell (`pixel_cells.py`). Pixels are as in `pixels.scale_of`.
    Images in a table named after EMNIST are turned upright.

    Raises:
        DataError: an empty file, a ragged row, an invalid pixel, or pixels that do not form a square.
        OutputError: no temporary file for pixels that do not fit in memory.
    """
    if cells := cells_of(path):
        return read_cells(path, cells, watch)
    raw, labels, texts, name = _read(path, labelled=True)
    scale = scale_of(raw, name, watch)
    images = upright_of(path.stem, str(path), watch)(as_images(raw, scale, name))
    given = np.array(texts)[labels] if texts else labels
    classes = Classes(given)
    split = Split(images, classes.numbers(given, str(path)), name=str(path))
    return make_dataset(
        path.stem, str(path), split, None, class_names=classes.names, about={"kind": "CSV"}, white=scale.white
    )


def read_csv_images(path: Path, watch: Watch) -> Images:
    """Read a table of images only, such as Kaggle's test.csv, with or without a header. Labels are ignored.

    `watch` reports what is done to the pixels, if anything.

    Returns:
        uint8 (n, side, side), an array or `ImagesOnDisk`.

    Raises:
        DataError, OutputError: see `read`.
    """
    table = _read(path, labelled=False)
    images = as_images(table.pixels, scale_of(table.pixels, table.name, watch), table.name)
    return upright_of(path.stem, str(path), watch)(images)


class _Table(NamedTuple):
    pixels: Raw
    labels: NDArray[np.int64]
    texts: list[str]
    name: str


def _read(path: Path, *, labelled: bool) -> _Table:
    """Return the pixels, (n, side, side), the labels if there are any, and their texts if they are not numbers."""
    columns = _columns(path, labelled=labelled)
    last = columns.count - 1
    unclear = labelled and not columns.header and columns.label == 0 and columns.index is None
    if unclear and looks_labelled(path, columns, (0, last)) == last:
        return _read_as(path, replace(columns, label=last))
    table = _read_as(path, columns)
    if unclear and not table.texts and len(set(table.labels)) == 1:
        # If all labels are the same, they may be in the last column.
        other = _read_as(path, replace(columns, label=last))
        return other if len(set(other.labels)) > 1 else table
    return table


def _read_as(path: Path, columns: Columns) -> _Table:
    try:
        return _table(path, columns, np.dtype(np.uint8))
    except FractionsError as error:
        return _table(path, columns, np.dtype(np.float32))._replace(name=f"{path} ({error})")


def _table(path: Path, columns: Columns, dtype: np.dtype[np.generic]) -> _Table:
    spill, labels = Spill(str(path)), [np.empty(0, np.int64)]
    texts: dict[str, int] = {}
    side = math.isqrt(columns.pixels)
    for numbers, pixels in numbers_of(path, columns, dtype, texts):
        labels.append(numbers)
        spill.add(np.ascontiguousarray(pixels).view(np.uint8))
    every = np.concatenate(labels)
    if not len(every):
        raise DataError(f"{path} has a header but no rows. Expected a row per image.")
    stored = spill.images((len(every), side, side * dtype.itemsize))
    if dtype == np.uint8:
        raw = raw_of(stored)
    else:
        shape = (len(every), side, side)

        def parts() -> Iterator[NDArray[Any]]:
            return (part.reshape(len(part), -1).view(dtype).reshape(-1, side, side) for part in chunks(stored))

        raw = Raw(shape, dtype, parts)
    if all(re.fullmatch(r"[-+]?\d{1,15}(\.0*)?", text) for text in texts):
        return _Table(
            raw, np.array([int(float(text)) for text in texts], np.int64)[every] if texts else every, [], str(path)
        )
    return _Table(raw, every, list(texts), str(path))


def _columns(path: Path, *, labelled: bool) -> Columns:
    """Find the columns from the first line or, if it names none, from the second."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first, second = islice(chain((line for line in file if line.strip()), ("", "")), 2)
    except UnicodeDecodeError as error:
        raise no_utf8(path) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if not first.strip():
        raise DataError(f"{path} is empty. Expected rows of label,pixel0,pixel1,... or of path,label.")
    delimiter = delimiter_of(first.strip("\n"), TABLES.get(path.suffix.lower(), ","))
    try:
        names, below = _cells(first, delimiter), _cells(second, delimiter)
    except csv.Error as error:
        raise DataError(f"{path}: its first lines are not rows of a table ({error}).") from error
    numbered = len(names) > _LEVELS and names == list(map(str, range(len(names))))  # too large for pixels
    header = numbered or _names_columns(names)
    if header:
        label, index = _by_name(names, below, path, labelled=labelled)
    else:
        label, index = _by_count(names, below, labelled=labelled)
    columns = Columns(len(names), label, index, header, delimiter)
    if header:
        _require_order(path, names)
    _require_pixels(path, columns, names, below if header else names)
    side = math.isqrt(columns.pixels)
    if side == 0 or side * side != columns.pixels:
        if len(below) == len(names) or not header:
            raise DataError(
                f"{path}: {columns.pixels} pixels a row do not form a square image.{_why_not(columns, names)} "
                "Expected, say, 784 (28x28); for other shapes use an .npz or a folder of images."
            )
        wrong = f"the header names {len(names)} columns, but the rows have {len(below)}"
        raise DataError(f"{path}: {wrong}." if second.strip() else f"{path} has a header but no rows.")
    return columns


def _require_pixels(path: Path, columns: Columns, names: Sequence[str], row: Sequence[str]) -> None:
    """Refuse a table of other things, whose first row is `row`."""
    if columns.pixels < 1 and not columns.header:
        raise DataError(
            f"{path}: its first line has no pixels: {names[0][:40]!r}. Expected label,pixel0,pixel1,...; remove what "
            "stands above that."
        )
    others = [cell for place, cell in enumerate(row) if place not in (columns.label, columns.index)]
    if others and columns.count <= _FEW and len(row) == columns.count and not any(map(_is_number, others)):
        raise DataError(
            f"{path} has no column of image files and no pixels (its columns are {', '.join(names)}). Expected "
            "path,label or label,pixel0,pixel1,..."
        )


def _require_order(path: Path, names: Sequence[str]) -> None:
    """Refuse pixels that are not in numeric order; programs sort names: pixel1, pixel10, pixel2."""
    numbered = [(name, int(told[1])) for name in names if (told := _NUMBERED.fullmatch(name.lower()))]
    numbers = sorted(number for _, number in numbered)
    if not numbers or numbers != list(range(numbers[0], numbers[0] + len(numbers))):  # maybe rows and columns
        return
    for (before, first), (name, number) in pairwise(numbered):
        if number < first:
            raise DataError(
                f"{path}: the column {name} comes after {before}, so the pixels are not in numeric order. "
                "Order the columns by number: pixel0, pixel1, pixel2, ..."
            )


def _why_not(columns: Columns, names: Sequence[str]) -> str:
    """Describe what a table's columns are instead of those of square images."""
    known = (columns.label, columns.index)
    others = [
        name or "one without a name"
        for place, name in enumerate(names)
        if columns.header and place not in known and not _PIXEL.fullmatch(name.lower())
    ]
    if others and len(others) < columns.pixels:
        return f" Columns that are not pixels: {', '.join(others[:_SHOWN])}."
    side = math.isqrt(columns.pixels // 3)
    if side > 1 and 3 * side * side == columns.pixels:
        return f" {side}x{side} in three colors are read as uint8 (n, {side}, {side}, 3) in an .npz."
    return ""


def _cells(line: str, delimiter: str) -> list[str]:
    return [cell.strip() for row in csv.reader([line], delimiter=delimiter) for cell in row]


def _names_columns(cells: Sequence[str]) -> bool:
    """Return whether a first line is a header; a row of pixels may have a text label, first or last."""
    inner, ends = cells[1:-1], [cell.lower() for cell in (cells[0], cells[-1]) if not _is_number(cell)]
    texts = [place for place, cell in enumerate(cells) if not _is_number(cell) and 0 < place < len(cells) - 1]
    if texts:  # a label may come with a column of row numbers
        return not (len(cells) > _FEW and not ends and texts in ([1], [len(cells) - 2]))
    counted = len(inner) > _FEW and all(map(str.isdecimal, inner)) and np.ptp(np.diff(np.array(inner, np.int64))) == 0
    return any(counted or end in _LABELS or _INDEX.fullmatch(end) or _PIXEL.fullmatch(end) for end in ends)


def _is_number(cell: str) -> bool:
    return re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?", cell) is not None


def _by_name(
    names: Sequence[str], below: Sequence[str], path: Path, *, labelled: bool
) -> tuple[int | None, int | None]:
    """Return the columns of the labels and of the row numbers."""
    lower = [name.lower() for name in names]
    label = next((lower.index(name) for name in _LABELS if name in lower), None)
    others = [place for place in range(len(names)) if place != label]
    index = next((place for place in others[:1] if _INDEX.fullmatch(lower[place])), None)
    left = [place for place in others if place != index]
    if label is None and labelled:
        other = [place for place in left if not _PIXEL.fullmatch(lower[place])]
        text = [place for place in other if len(below) == len(names) and not _is_number(below[place])]
        label = next((found[0] for found in (other, text) if len(found) == 1), None)
        if label is None or math.isqrt(len(left) - 1) ** 2 != len(left) - 1:
            raise DataError(
                f"{path} has no column named label (its first columns are {', '.join(names[:3])}). "
                "Training and evaluation need labels; expected label,pixel0,pixel1,..."
            )
    return label, index


def _by_count(row: Sequence[str], below: Sequence[str], *, labelled: bool) -> tuple[int | None, int | None]:
    """Return the columns of the labels and of the row numbers, from how many columns exceed a square.

    A single extra column is the labels', the first unless the last is text; two are the row numbers and the labels.
    """
    last, extra = len(row) - 1, len(row) - math.isqrt(len(row)) ** 2
    if extra == 2 and math.isqrt(len(row)) > 1:
        counts = [cells[0] for cells in (row, below) if cells]
        index = 0 if all(_is_number(cell) for cell in counts) and _follows(counts) else last
        rest = [place for place in (1, last) if place != index] if index == 0 else [0, last - 1]
        text = [place for place in rest if not _is_number(row[place])]
        return (text or rest)[0], index
    if not labelled and extra == 0:
        return None, None
    return (last if not _is_number(row[last]) and _is_number(row[0]) else 0), None


def _follows(counts: Sequence[str]) -> bool:
    return len(counts) < 2 or float(counts[1]) == float(counts[0]) + 1
