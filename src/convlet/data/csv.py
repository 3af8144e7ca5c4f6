"""CSV as Kaggle's digit recogniser has it: a row per image, a column `label`, a column per pixel."""

import math
import re
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.dataset import Dataset, Split, make_dataset
from convlet.errors import DataError


def read_csv(path: Path) -> Dataset:
    """Read a `.csv` of grey, square images: `label,pixel0,pixel1,...` with or without that header, values 0 to 255.

    The column named `label` may stand anywhere; without a header it is the first.

    Raises:
        DataError: an empty file, a ragged row, a value that is no whole number from 0 to 255, or pixels that make no square.
    """
    try:
        with path.open(encoding="utf-8-sig") as file:
            first = file.readline().strip()
            if not first:
                raise DataError(f"{path} is empty. Expected rows of label,pixel0,pixel1,...")
            columns = [cell.strip().strip('"') for cell in first.split(",")]
            header = not all(re.fullmatch(r"[-+]?\d+", cell) for cell in columns)
            where = _label_column(columns, path) if header else 0
            if not header:
                file.seek(0)
            # C code reads the rows, a few seconds for 42,000 images; int32 keeps a wrong value as it is, to be named below.
            with warnings.catch_warnings(action="ignore", category=UserWarning):  # of no rows; an error below says it
                table = np.loadtxt(file, dtype=np.int32, delimiter=",", ndmin=2, comments=None, encoding="utf-8")
    except ValueError as error:  # also UnicodeDecodeError
        raise DataError(f"{path}: {_readable(error)}. Every row needs the same number of whole numbers, label first.") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if table.size == 0:
        raise DataError(f"{path} has a header and no rows. Expected a row per image.")
    if table.shape[1] != len(columns):
        raise DataError(f"{path}: the header names {len(columns)} columns, the rows have {table.shape[1]}.")
    labels = table[:, where].astype(np.int64)
    split = Split(_square(np.delete(table, where, axis=1), path, 2 if header else 1), labels, name=str(path))
    return make_dataset(path.stem, str(path), split, None, about={"form": "CSV"})


def _label_column(columns: list[str], path: Path) -> int:
    names = [column.lower() for column in columns]
    for name in ("label", "class"):
        if name in names:
            return names.index(name)
    raise DataError(
        f"{path} has no column named label (its first columns are {', '.join(columns[:3])}). "
        "Training and evaluation need labels; expected label,pixel0,pixel1,..."
    )


def _square(pixels: NDArray[np.int32], path: Path, first_row: int) -> NDArray[np.uint8]:
    wrong = (pixels < 0) | (pixels > 255)
    if wrong.any():
        row, column = np.argwhere(wrong)[0]
        raise DataError(f"{path}: line {row + first_row}, pixel {column} is {pixels[row, column]}; pixels are 0 to 255.")
    side = math.isqrt(pixels.shape[1])
    if side == 0 or side * side != pixels.shape[1]:
        raise DataError(
            f"{path}: {pixels.shape[1]} pixels a row make no square image. Expected for instance 784 (28x28); "
            "for other shapes use an .npz or a folder of images."
        )
    return pixels.astype(np.uint8).reshape(-1, side, side)


def _readable(error: ValueError) -> str:
    """NumPy's message without its advice about its own options."""
    return str(error).split(";")[0].splitlines()[0].rstrip(".")
