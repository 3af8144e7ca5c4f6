"""Lists of image files with their labels: `path,label[,split]` as `.csv`, `.tsv` or `.jsonl`."""

import os
from array import array
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.assemble import Part, assembled
from convlet.data.columns import SPLITS, Columns, columns_of
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.encoded import by_number_or_name
from convlet.data.files import LeftOut, Unreadable
from convlet.data.labels import shown
from convlet.data.names import Names
from convlet.data.paths import Paths, located
from convlet.data.rows import rows_of
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.reading.image_file import SUFFIXES, is_heif, is_image
from convlet.system.watch import Watch

_NAMES = tuple(SPLITS)
_LOOK_AT = 20  # files, to find the folder they are in
_FOLDERS = 50


def can_read(path: Path) -> bool:
    """Return whether a file is a table with a column of image files."""
    return not path.is_dir() and columns_of(path) is not None


def read(path: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read a list of image files.

    Columns are found by name (path, file, filename, image, ...; label, class, target, category, ...; split, set,
    subset), or by what they hold. Paths are relative to the list's folder. Classes are named after the labels, numbers
    in order before other names. A split is train, validation (or val, dev) or test. Files that do not exist are left
    out, up to one in twenty.

    Raises:
        DataError: a line that is no row of the table, an unknown split or class, or missing or unreadable files.
    """
    listed = _Listed(path)
    files, rows, left_out = listed.found(watch, wanted.may_lack)
    splits = {name: rows[listed.splits[rows] == number] for number, name in enumerate(_NAMES)}
    splits = {name: held for name, held in splits.items() if len(held)}
    if "train" not in splits:
        raise DataError(f"{path} lists no images of train. Expected train, validation or test as the split of each.")
    class_names, labels = listed.classes(splits["train"])

    def part(name: str, rows: NDArray[np.int64]) -> Part:
        where = f"{path}: {name}" if len(splits) > 1 else str(path)
        return Part(files.take(rows), labels[rows], where)

    parts = {name: partial(part, name, rows) for name, rows in splits.items()}
    made = assembled(parts, watch, wanted, "list of image files")
    made["left_out"] = left_out + made["left_out"]
    return make_dataset(path.stem, str(path), class_names=class_names, reread=partial(read, path, watch), **made)


class _Listed:
    """What a list says: of each row its path, the number of its label's text, its split and its line."""

    def __init__(self, path: Path) -> None:
        self.path, self.names, self.texts = path, Names(), dict[str, int]()
        labels, splits, lines = array("i"), array("b"), array("q")
        columns = columns_of(path)
        if columns is None:
            raise DataError(f"{path} has no column of image files. Expected a header such as path,label.")
        self.columns: Columns = columns
        for line, name, label, split in rows_of(path, columns):
            self.names.append(name)
            labels.append(self.texts.setdefault(label, len(self.texts)))
            splits.append(_split(path, line, split))
            lines.append(line)
        if not lines:
            raise DataError(f"{path} has a header and no rows. Expected a row per image.")
        self.labels, self.splits, self.lines = map(np.asarray, (labels, splits, lines))

    def classes(self, train: NDArray[np.int64]) -> tuple[list[str], NDArray[np.int64]]:
        """Return the class names and the class of each row."""
        texts = list(self.texts)
        if all(text.endswith(".0") and text[:-2].isdecimal() for text in texts):  # as pandas writes whole numbers
            texts = [text[:-2] for text in texts]
        used = {texts[number] for number in np.unique(self.labels[train])}
        names = sorted(used, key=by_number_or_name)
        known = {text: number for number, text in enumerate(names)}
        labels = np.array([known.get(text, -1) for text in texts], np.int64)[self.labels]
        if (labels < 0).any():
            at = int((labels < 0).argmax())
            raise DataError(
                f"{self.path}: line {self.lines[at]}: the class {texts[self.labels[at]]!r} is none of train's "
                f"({shown(names)})."
            )
        return names, labels

    def found(self, watch: Watch, may_lack: float) -> tuple[Paths, NDArray[np.int64], tuple[LeftOut, ...]]:
        """Return the files, the rows of those that exist, and the others with the reason each."""
        files = self._files(watch)
        missing = files.missing()
        reasons = [f"{self.path}: line {self.lines[row]}: there is no file {files.file(row)}." for row in missing]
        if len(missing) > may_lack * len(files):
            raise DataError(
                f"{reasons[0]} {len(missing):,} of {len(files):,} files are missing. Paths are relative to the "
                f"list's own folder, {self.path.parent}."
            )
        rows = np.setdiff1d(np.arange(len(files)), missing)
        return files, rows, tuple(map(Unreadable, (files.name_of(row) for row in missing), reasons))

    def _files(self, watch: Watch) -> Paths:
        """Find the files: beside the list, or all in one folder there; names may lack their ending."""
        folder = str(self.path.parent)
        some: Sequence[str] = self.names[:_LOOK_AT]
        bare = not any(is_image(name) or is_heif(name) for name in some)
        for ending in ("", *sorted(SUFFIXES)) if bare else ("",):
            for base in (folder, *_folders(folder)):
                if any(os.path.isfile(located(base, name + ending)) for name in some):  # noqa: PTH113
                    if base != folder:
                        watch.on_note(f"the files of {self.path.name} are in {base}.")
                    return Paths(self.names, base, ending)
        return Paths(self.names, folder)


def _folders(folder: str) -> list[str]:
    with os.scandir(folder) as found:
        inside = sorted(entry.path for entry in found if entry.is_dir() and not entry.name.startswith("."))
    return inside[:_FOLDERS]


def _split(path: Path, line: int, text: str | None) -> int:
    if text is None:
        return 0
    for number, name in enumerate(_NAMES):
        if text.lower() in SPLITS[name]:
            return number
    raise DataError(f"{path}: line {line}: the split {text!r} is unknown; expected train, validation or test.")
