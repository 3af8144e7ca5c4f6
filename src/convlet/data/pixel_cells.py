"""Read tables with all pixels of an image in one cell, separated by spaces: FER2013's `emotion,pixels,Usage`."""

import csv
import math
from collections import defaultdict
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.columns import SPLIT_COLUMNS, Columns, delimiter_of
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.labels import Classes
from convlet.data.pixels import Scale, as_images, raw_of, scale_of
from convlet.data.rows import rows_of, split_in
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

_PIXELS = ("pixels", "pixel", "image", "img")
_LEAST = 16  # pixels


def cells_of(path: Path) -> Columns | None:
    """Return the columns of such a table, the pixels' as `file`; None if the file is not such a table."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            delimiter = delimiter_of(file.readline().strip("\r\n"))
            file.seek(0)
            rows = csv.reader(file, delimiter=delimiter)
            names, below = next(rows, []), next(rows, [])
    except (OSError, UnicodeDecodeError, csv.Error):  # the next reader reports it
        return None
    lower = [name.strip().lower() for name in names]
    pixels = next((lower.index(name) for name in _PIXELS if name in lower), None)
    if pixels is None or len(below) != len(names) or len(below[pixels].split()) < _LEAST:
        return None
    split = next((place for place, name in enumerate(lower) if name in SPLIT_COLUMNS), None)
    left = [place for place in range(len(names)) if place not in (pixels, split)]
    return Columns(pixels, left[0], split, len(names), True, delimiter, lower[left[0]]) if len(left) == 1 else None


def read_cells(path: Path, columns: Columns, watch: Watch) -> Dataset:
    """Read such a table: square gray images of whole numbers from 0 to 255. A column may hold the split of each row.

    Raises:
        DataError: an invalid row, with its line; or no row of train.
        OutputError: no space for images that do not fit in memory.
    """
    spills, texts = defaultdict[str, Spill](lambda: Spill(str(path))), defaultdict[str, list[str]](list)
    size = 0
    for line, cell, label, word in rows_of(path, columns, "has no pixels"):
        pixels, split = _numbers(path, line, cell), "train" if word is None else split_in(path, line, word)
        size = size or len(pixels)
        if len(pixels) != size or math.isqrt(size) ** 2 != size:
            wanted = f"{size}, as in the rows before" if len(pixels) != size else "a square number, as in 48x48"
            raise DataError(f"{path}: line {line} has {len(pixels)} pixels; expected {wanted}.")
        spills[split].add(pixels)
        texts[split].append(label)
    if "train" not in spills:
        raise DataError(
            f"{path} has no row of train. Expected label, pixels, and optionally train or test as the split."
        )
    side, scale = math.isqrt(size), Scale()
    classes, splits = Classes(np.array(texts["train"])), dict[str, Split]()
    for split in sorted(spills, key=lambda one: one != "train"):
        raw, name = raw_of(spills[split].images((len(texts[split]), side, side))), f"{path}: {split}"
        scale = scale_of(raw, name, watch) if split == "train" else scale
        labels = classes.numbers(np.array(texts[split]), name)
        splits[split] = Split(as_images(raw, scale, name), labels, name=name)
    test = splits.get("test")
    return make_dataset(
        path.stem,
        str(path),
        splits["train"],
        (lambda: test) if test else None,
        validation=splits.get("validation"),
        class_names=classes.names,
        about={"kind": "CSV"},
        white=scale.white,
    )


def _numbers(path: Path, line: int, cell: str) -> NDArray[np.uint8]:
    try:
        numbers = np.array(cell.split(), np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"{path}: line {line} has pixels that are not whole numbers.") from error
    if not ((numbers >= 0) & (numbers <= 255)).all():
        raise DataError(f"{path}: line {line} has pixels from {numbers.min()} to {numbers.max()}; expected 0 to 255.")
    return numbers.astype(np.uint8)
