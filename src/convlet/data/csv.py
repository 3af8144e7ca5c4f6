"""CSV in the style of Kaggle's digit recognizer: a row per image, a column `label`, a column per pixel."""

import math
import re
import warnings
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

_LEVELS = 256
_CELLS = 1 << 22  # numbers parsed at a time: 16 MB, and as much text


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.csv`."""
    return path.suffix.lower() == ".csv" and not path.is_dir()


def read(path: Path, _watch: Watch, _wanted: Wanted) -> Dataset:
    """Read a `.csv` of grey square images: `label,pixel0,pixel1,...`, with or without that header, values 0 to 255.

    The column `label` may be anywhere; without a header it is the first.

    Raises:
        DataError: an empty file, a ragged row, a value that is no whole number from 0 to 255, or pixels that make no
            square.
        OutputError: no temporary file for pixels too many for memory.
    """
    images, labels = _read(path, labelled=True)
    return make_dataset(path.stem, str(path), Split(images, labels, name=str(path)), None, about={"kind": "CSV"})


def read_csv_images(path: Path) -> Images:
    """Read a `.csv` of images alone, as Kaggle's test.csv, with or without a header. Labels are ignored.

    Returns:
        uint8 (n, side, side), an array or `ImagesOnDisk`.

    Raises:
        DataError, OutputError: as `read`.
    """
    return _read(path, labelled=False)[0]


def _read(path: Path, *, labelled: bool) -> tuple[Images, NDArray[np.int64]]:
    """Return the images and, if there are any, the labels."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline().strip()
            if not first:
                raise DataError(f"{path} is empty. Expected rows of label,pixel0,pixel1,...")
            columns = [cell.strip().strip('"') for cell in first.split(",")]
            numbered = len(columns) > _LEVELS and columns == list(map(str, range(len(columns))))  # too large for pixels
            header = numbered or not all(re.fullmatch(r"[-+]?\d+", cell) for cell in columns)
            where = _label_column(columns, path, labelled=labelled, header=header)
            if not header:
                file.seek(0)
            spill, labels = Spill(str(path)), np.empty(0, np.int64)
            for table in _tables(file, path, len(columns)):
                labels = np.append(labels, table[:, where or 0])
                pixels = table if where is None else np.delete(table, where, axis=1)
                spill.add(_pixels(pixels, path, len(labels) - len(table) + (2 if header else 1)))
    except UnicodeDecodeError as error:
        raise _no_table(path, error) from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if not len(labels):
        raise DataError(f"{path} has a header and no rows. Expected a row per image.")
    side = math.isqrt(len(columns) - (where is not None))
    return spill.images((len(labels), side, side)), labels


def _tables(file: TextIO, path: Path, columns: int) -> Iterator[NDArray[np.int32]]:
    """Yield the remaining rows, some megabytes at a time, (n, columns)."""
    before = 0
    while lines := list(islice(file, max(1, _CELLS // columns))):
        try:
            # C code parses 42,000 images in a few seconds; int32 keeps a wrong value, to be named with its line.
            with warnings.catch_warnings(action="ignore", category=UserWarning):  # about empty input
                table = np.loadtxt(lines, dtype=np.int32, delimiter=",", ndmin=2, comments=None)
        except ValueError as error:
            raise _no_table(path, error, before) from error
        if table.size == 0:
            continue  # empty lines
        if table.shape[1] != columns:
            was = f"the header names {columns} columns, the rows have"
            if before:
                was = f"the number of columns changed from {columns} to"
            raise DataError(f"{path}: {was} {table.shape[1]}.")
        yield table
        before += len(table)


def _no_table(path: Path, error: ValueError, before: int = 0) -> DataError:
    """Return NumPy's error without advice about its own options, its rows counted from the file's start."""
    said = str(error).split(";")[0].splitlines()[0].rstrip(".")
    said = re.sub(r"(?<=\brow )\d+", lambda row: str(int(row[0]) + before), said)
    return DataError(f"{path}: {said}. Every row needs the same number of whole numbers, label first.")


def _label_column(columns: list[str], path: Path, *, labelled: bool, header: bool) -> int | None:
    """Return the column of the labels, None if there is none.

    Without a header, and if labels are optional, one column too many for a square is the labels'.
    """
    if not header:
        return 0 if labelled or math.isqrt(len(columns)) ** 2 != len(columns) else None
    names = [column.lower() for column in columns]
    if not labelled and "id" in names[0]:
        raise DataError(
            f"{path} has a column {columns[0]!r}, which is no pixel. Remove it: expected only pixel columns."
        )
    for name in ("label", "class"):
        if name in names:
            return names.index(name)
    if not labelled:
        return None
    raise DataError(
        f"{path} has no column named label (its first columns are {', '.join(columns[:3])}). "
        "Training and evaluation need labels; expected label,pixel0,pixel1,..."
    )


def _pixels(pixels: NDArray[np.int32], path: Path, first_line: int) -> NDArray[np.uint8]:
    wrong = (pixels < 0) | (pixels > 255)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DataError(
            f"{path}: line {row + first_line}, pixel {column} is {pixels[row, column]}; pixels are 0 to 255."
        )
    side = math.isqrt(pixels.shape[1])
    if side == 0 or side * side != pixels.shape[1]:
        raise DataError(
            f"{path}: {pixels.shape[1]} pixels a row make no square image. Expected for instance 784 (28x28); "
            "for other shapes use an .npz or a folder of images."
        )
    return pixels.astype(np.uint8)
