"""Find the columns of a table with image files, labels and splits, by name or by content."""

import codecs
import csv
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from convlet.errors import DataError
from convlet.reading.image_file import SUFFIXES, is_heif, is_image

SPLITS = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev", "publictest"),  # the last is FER2013's
    "test": ("test", "testing", "eval", "evaluation", "privatetest"),
}
TABLES = {".csv": ",", ".tsv": "\t"}  # the delimiter if the first line shows none
LINES = (".jsonl", ".ndjson")
# Names in lower case, without a final s ("classe" is "classes"), in order of preference; "class id" is class_id.
_FILES = (
    *("path", "filepath", "file_path", "file", "filename", "file_name", "image_path", "imagepath", "image_file"),
    *("image_name", "imagename", "image", "img", "img_path", "picture", "image_id", "id"),
)
_LABELS = (
    *("label", "clas", "target", "category", "class_name", "label_name", "labelname", "classname", "class_label"),
    *("classe", "y", "class_id", "classid", "label_id", "categorie", "fine_label"),
)
SPLIT_COLUMNS = ("split", "set", "subset", "data_set", "dataset", "partition", "usage")
_GLUED = ("set", "data", "images")  # trainset, testdata
_LOOK_AT = 50  # rows
_BYTES = 1 << 18  # from a file's start
_MOST = 100  # columns of a list
_FEW = 8  # columns of a list whose files have no suffix, and whose column's name is not enough
_FOLDERS = 50  # of a level
_LEVELS = 3  # of folders
ENDINGS = (*sorted(SUFFIXES), *sorted(map(str.upper, SUFFIXES)))  # of files whose names are written without
_TRIED = 10  # names of files


class Columns(NamedTuple):
    """Where the columns of a list are.

    Attributes:
        file: the position of the image files' column, or its key in JSON lines.
        label: the same for the labels.
        split: the same for the splits; None without.
        cells: how many a row has; 0 for JSON lines.
        header: whether the first line names the columns.
        delimiter: between cells; "" for JSON lines.
        named: the name of the labels' column; "" without a header.
    """

    file: Any
    label: Any
    split: Any
    cells: int
    header: bool
    delimiter: str
    named: str


def columns_of(path: Path) -> Columns | None:
    """Return the columns of a list of image files; None if the file is not such a list.

    Raises:
        DataError: it has a column of image files, but no clear column of labels; or it cannot be read.
    """
    suffix = path.suffix.lower()
    if suffix not in TABLES and suffix not in LINES:
        return None
    lines = _first_lines(path)
    return _of_json(path, lines) if suffix in LINES else _of_table(path, lines)


def delimiter_of(line: str, otherwise: str = ",") -> str:
    """Return the delimiter most frequent in a table's first line: a comma, semicolon, tab or bar."""
    bare = re.sub(r'"[^"]*"', "", line)
    counts = {one: bare.count(one) for one in (otherwise, ",", ";", "\t", "|")}
    best = max(counts, key=lambda one: counts[one])
    return best if counts[best] else otherwise


def label_among(names: Sequence[str]) -> int | None:
    """Return which of some columns is named like labels; None if none is."""
    plain = [_name(name) for name in names]
    return next((plain.index(label) for label in _labels(plain) if label in plain), None)


def _labels(names: Sequence[str]) -> Sequence[str]:
    """Return the names that labels may have among such columns: y along with x is a position in an image."""
    return [label for label in _LABELS if label != "y" or "x" not in names]


def split_named(word: str) -> str | None:
    """Return the split that a whole word names, in upper or lower case; None if none."""
    return next((split for split, words in SPLITS.items() if word.strip().lower() in words), None)


def split_within(name: str) -> str | None:
    """Return the split that one word in a name gives, as in `seg_train`, `TrainingSet` or `testset`."""
    words = re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])|(?<=[a-z])(?=[0-9])", name)
    plain = [word.lower() for word in words]
    plain += [word.removesuffix(end) for word in plain for end in _GLUED if word.endswith(end)]
    found = {split for split, known in SPLITS.items() if not set(known).isdisjoint(plain)}
    return found.pop() if len(found) == 1 else None


def no_utf8(path: Path) -> DataError:
    """Return the error for a table that is not UTF-8, naming the first invalid line."""
    with path.open("rb") as file:
        if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            return DataError(f"{path} is UTF-16 text, which some programs call Unicode. Save it as CSV UTF-8.")
        file.seek(0)
        for line, content in enumerate(file, 1):
            try:
                content.decode()
            except UnicodeDecodeError as error:
                return DataError(
                    f"{path}: line {line} is not UTF-8 text ({content[error.start : error.start + 12]!r}). Save it as "
                    "CSV UTF-8."
                )
    return DataError(f"{path} is not UTF-8 text. Save it as CSV UTF-8.")


def _first_lines(path: Path) -> list[str]:
    try:
        with path.open("rb") as file:
            start = file.read(_BYTES)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        raise no_utf8(path)
    lines = start.decode("utf-8-sig", "replace").splitlines()
    return lines[:-1] if len(start) == _BYTES and len(lines) > 1 else lines


def _names_image(cell: str) -> bool:
    return is_image(cell.strip()) or is_heif(cell.strip())


def _name(cell: str) -> str:
    return re.sub(r"\W+", "_", cell.strip().lower()).strip("_").removesuffix("s")


def _file(names: Sequence[str], rows: Sequence[Sequence[str]], header: bool, folder: Path) -> int | None:
    """Return the column whose cells look like image names; else one named so, with cells not numbers, or files;
    else any column of texts that are files.
    """
    if not rows:
        named = [_FILES.index(name) for name in names if name in _FILES[:-2]]
        return names.index(_FILES[min(named)]) if named and len(names) <= 4 else None
    by_content = [
        column for column in range(len(rows[0])) if sum(_names_image(row[column]) for row in rows) > len(rows) / 2
    ]
    if by_content or not header:
        ranked = sorted(by_content, key=lambda column: names[column] not in _FILES if header else False)
        return ranked[0] if ranked else None
    called = [names.index(name) for name in _FILES if name in names]
    for column in called:
        if not any(re.fullmatch(r"[-+\d.eE\s]*", row[column]) for row in rows):
            return column
    asked = []
    for column in called + [column for column in range(len(names)) if column not in called]:
        numbers = all(row[column].strip().isdecimal() for row in rows)
        if not numbers or (label_among(names) is not None and column in called):
            asked.append(column)
    return _of_files(folder, rows, asked) if len(names) <= _FEW else None


def _of_files(folder: Path, rows: Sequence[Sequence[str]], columns: Iterable[int]) -> int | None:
    """Return the first column whose cells are mostly names of image files without suffix, in a folder or below it."""
    cells = {column: [row[column].strip().replace("\\", "/") for row in rows] for column in columns}
    samples = {column: set(some[:_TRIED]) for column, some in cells.items() if len(set(some)) == len(some)}
    ends: dict[str, list[str]] = {}
    for cell in set().union(*samples.values()):
        ends.setdefault(cell.rpartition("/")[2], []).append(cell)
    found: set[str] = set()

    def see(file: os.DirEntry[str]) -> None:
        stem, dot, suffix = file.name.rpartition(".")
        if stem in ends and dot + suffix in ENDINGS:
            path = "/" + file.path.removesuffix(dot + suffix).replace(os.sep, "/")
            found.update(cell for cell in ends[stem] if path.endswith("/" + cell.lstrip("/")))

    def first() -> int | None:
        return next((column for column, some in samples.items() if len(found & some) > len(some) / 2), None)

    if not samples:
        return None
    for _ in levels(str(folder), see):
        if (column := first()) is not None:
            return column
    return first()


def levels(folder: str, see: Callable[[os.DirEntry[str]], None] = lambda file: None) -> Iterator[list[str]]:
    """Yield the folders where the files of a list may be: its own, then the first ones in it, then those in these.

    Each is listed once, after it is yielded; `see` is given its files. Hidden folders are left out, and so is what
    is in folders that cannot be read.
    """
    level = [folder]
    for _ in range(_LEVELS):
        yield level
        level = [inside for one in level for inside in _listed(one, see)][:_FOLDERS]


def _listed(folder: str, see: Callable[[os.DirEntry[str]], None]) -> list[str]:
    """Return the folders in a folder."""
    found: list[str] = []
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            # Of a link, `is_dir` of the entry may fail.
            if not (os.path.isdir(entry.path) if entry.is_symlink() else entry.is_dir()):  # noqa: PTH112  thousands
                see(entry)
            elif not entry.name.startswith("."):
                found.append(entry.path)
    return sorted(found)


def _others(path: Path, names: Sequence[str], rows: Sequence[Any], file: Any, every: Sequence[Any]) -> tuple[Any, Any]:
    """Return the columns of the labels and of the splits."""
    place = dict(zip(reversed(names), reversed(every), strict=True)) if names else {}
    left = [column for column in every if column != file]
    split = next((place[name] for name in SPLIT_COLUMNS if name in place and place[name] in left), None)
    if split is None and len(left) > 1:
        split = next((one for one in left if rows and all(split_named(row[one]) for row in rows)), None)
    left = [column for column in left if column != split]
    beside = [name for name, column in place.items() if column in left]
    label = next((place[name] for name in _labels(beside) if name in beside), None)
    if label is None and len(left) == 1:
        label = left[0]
    if label is None:
        raise DataError(
            f"{path} lists image files, but it is ambiguous which column holds their labels "
            f"({', '.join(names) or f'{len(every)} columns without a header'}). Name one label: path,label."
        )
    return label, split


def _of_table(path: Path, lines: Sequence[str]) -> Columns | None:
    delimiter = delimiter_of(lines[0] if lines else "", TABLES[path.suffix.lower()])
    try:
        rows = [row for row in islice(csv.reader(lines, delimiter=delimiter), _LOOK_AT) if any(row)]
    except csv.Error:
        return None
    if rows and sum(len(row) == 1 and _names_image(row[0]) for row in rows) > len(rows) / 2:
        raise _no_labels(path)
    if not rows or not 2 <= len(rows[0]) <= _MOST:
        return None
    count = len(rows[0])
    names = [_name(cell) for cell in rows[0]]
    whole = [row for row in rows if len(row) == count]
    below = whole[1:]
    header = not any(_names_image(cell) for cell in rows[0])
    file = _file(names, below, header, path.parent) if header else _file([], whole, header, path.parent)
    if file is None:
        return None
    listed = below if header else whole
    found = _others(path, names if header else [], listed, file, range(count))
    if listed and not any(row[found[0]].strip() for row in listed):
        raise _no_labels(path)
    return Columns(file, *found, count, header, delimiter, names[found[0]] if header else "")


def _no_labels(path: Path) -> DataError:
    return DataError(f"{path} lists image files but no labels. Expected a column for each, such as path,label.")


def _of_json(path: Path, lines: Sequence[str]) -> Columns:
    rows = []
    for line in lines[:_LOOK_AT]:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict):
            rows.append({key: value if isinstance(value, str) else "" for key, value in row.items()})
    keys = list(rows[0]) if rows else []
    rows = [row for row in rows if row.keys() >= set(keys)]
    names = [_name(key) for key in keys]
    cells = [[row[key] for key in keys] for row in rows]
    file = _file(names, cells, header=True, folder=path.parent) if rows else None
    if file is None:
        raise DataError(
            f'{path} lists no image files. Expected lines such as {{"path": "cats/1.png", "label": "cat"}}.'
        )
    label, split = _others(path, names, rows, keys[file], keys)
    return Columns(keys[file], label, split, 0, False, "", _name(label))
