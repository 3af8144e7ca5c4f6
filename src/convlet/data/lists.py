"""Read lists of image files with their labels: `path,label[,split]` as `.csv`, `.tsv` or `.jsonl`."""

from array import array
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.assemble import Part, assembled
from convlet.data.columns import SPLITS, columns_of, label_among
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.decisions import is_journal_file
from convlet.data.encoded import by_number_or_name
from convlet.data.files import LeftOut, Unreadable
from convlet.data.labels import shown
from convlet.data.names import Names
from convlet.data.paths import Paths, found_beside
from convlet.data.repeated import repeated_rows
from convlet.data.rows import rows_of, split_in
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch

_NAMES = tuple(SPLITS)
_PLACEHOLDER = "If that is a placeholder, move the file; otherwise the metrics are meaningless."


def can_read(path: Path) -> bool:
    """Return whether a file is a table with a column of image files."""
    return not path.is_dir() and columns_of(path) is not None


def read(path: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read a list of image files.

    Columns are found by name (path, file, filename, image, ...; label, class, target, category, ...; split, set,
    subset), or by content. Paths are relative to the list's folder; paths from another machine are found by their last
    parts. Classes are named after the labels, numbers in order before other names. A split is train, validation (or
    val, dev) or test. Missing files are left out, up to one in twenty, and so are repeated lines.

    Raises:
        DataError: an invalid row, an unknown split or class, a file under two labels, or missing or
            unreadable files.
    """
    if is_journal_file(path):
        raise DataError(
            f"{path} has decisions about the labels of its folder, and is no list of images by itself. Give the "
            f"folder: {path.parent}."
        )
    return read_lists(path, {}, watch, wanted)


def read_lists(
    path: Path,
    others: Mapping[str, Sequence[Path]],
    watch: Watch,
    wanted: Wanted,
    beside: Callable[[list[Path], set[str], list[LeftOut]], list[LeftOut]] | None = None,
) -> Dataset:
    """Read a list of train, which may have a column of splits, and lists of other splits.

    For each other split the first list is read whose column is named as one of labels and has a class of train.

    Args:
        path: the list of train.
        others: candidate lists for the other splits.
        watch: see `load`.
        wanted: see `load`.
        beside: returns what else is left out, given the lists that are read, the paths of all files in them, and the
            lists without such labels.

    Raises:
        DataError: see `read`.
    """
    listed = _Listed(path, watch)
    there, left_out = listed.found(wanted.may_lack)
    held = {name: there[listed.splits[there] == number] for number, name in enumerate(_NAMES)}
    held = {name: rows for name, rows in held.items() if len(rows)}
    if "train" not in held:
        if (listed.splits == 0).any():
            listed.found(0)  # which reports them as missing
        raise DataError(f"{path} lists no train images. Expected train, validation or test as the split of each.")
    class_names = listed.classes(held["train"])
    if lost := [one for one in listed.classes(np.flatnonzero(listed.splits == 0)) if one not in class_names]:
        watch.on_note(f"{path.name}: all files of {shown(lost)} are missing, so that class is dropped.")
    own, numbered = (listed, listed.numbers(class_names)), dict[str, tuple[_Listed, NDArray[np.int64]]]()
    unlabeled: list[LeftOut] = []
    for name, candidates in others.items():
        for candidate in candidates:
            other = _Listed(candidate, watch)
            if other.answers(listed, class_names):
                numbered[name] = other, other.numbers(class_names)
                if len(other.texts) == 1 < len(other.names):
                    watch.on_note(f"{candidate.name}: all its labels are {next(iter(other.texts))}. {_PLACEHOLDER}")
                break
            reason = f"none of its labels is a class of {path.name}, so {name} is not read from it"
            unlabeled.append(LeftOut(candidate.name, reason))

    def part(name: str) -> Part:
        one, numbers = numbered.get(name, own)
        where = f"{path}: {name}" if len(held) > 1 and one is listed else str(one.path)
        if one is listed:
            rows, lacking = held[name], left_out if name == "train" else ()
        else:
            rows, lacking = one.found(wanted.may_lack)
        return Part(one.files.take(rows), numbers[rows], where, lacking)

    names = [*held, *numbered]
    made = assembled({name: partial(part, name) for name in names}, watch, wanted, "list of image files")
    if beside:
        lists = [listed, *(one for one, _ in numbered.values())]
        named = {one.files.file(row) for one in lists for row in range(len(one.files))}
        made["left_out"] += (*unlabeled, *beside([one.path for one in lists], named, unlabeled))
    return make_dataset(path.stem, str(path), class_names=class_names, reread=partial(read, path, watch), **made)


def labeled(path: Path, class_names: Sequence[str], watch: Watch, wanted: Wanted) -> Part:
    """Return the images that a list names, as another split of classes that are known.

    Raises:
        DataError: as `read`; or it has no labels of these classes.
    """
    listed = _Listed(path, watch)
    if not listed.answers(listed, class_names):
        raise DataError(f"{path} has no labels that are classes of train.")
    numbers = listed.numbers(class_names)
    rows, lacking = listed.found(wanted.may_lack)
    return Part(listed.files.take(rows), numbers[rows], str(path), lacking)


class _Listed:
    """The content of a list: each row's file, the number of its label's text, its split and its line."""

    def __init__(self, path: Path, watch: Watch) -> None:
        self.path, self.names, self.texts = path, Names(), dict[str, int]()
        labels, splits, lines = array("i"), array("b"), array("q")
        columns = columns_of(path)
        if columns is None:
            raise DataError(f"{path} has no column of image files. Expected a header such as path,label.")
        for line, name, label, split in rows_of(path, columns):
            self.names.append(name)
            labels.append(self.texts.setdefault(label, len(self.texts)))
            splits.append(0 if split is None else _NAMES.index(split_in(path, line, split)))
            lines.append(line)
        if not lines:
            raise DataError(f"{path} has a header but no rows. Expected a row per image.")
        self.named = columns.named
        self.labels, self.splits, self.lines = map(np.asarray, (labels, splits, lines))
        self.repeated = repeated_rows(self.names, self.splits, self.labels, self._differ)
        self._watch = watch

    @cached_property
    def files(self) -> Paths:
        """The files, located on disk; only for a list that is read."""
        return found_beside(self.path, self.names, self._watch)

    def classes(self, train: NDArray[np.int64]) -> list[str]:
        """Return the class names of some rows."""
        texts = self._texts()
        return sorted({texts[number] for number in np.unique(self.labels[train])}, key=by_number_or_name)

    def answers(self, train: "_Listed", names: Sequence[str]) -> bool:
        """Return whether this list has labels: a column named as such, with one of `names`, train's classes, in it."""
        called = self.named in ("", train.named) or label_among([self.named]) is not None
        return called and not set(names).isdisjoint(self._texts())

    @cached_property
    def missing(self) -> NDArray[np.int64]:
        """The rows whose files do not exist."""
        return np.array(self.files.missing(), np.int64)

    def numbers(self, names: Sequence[str]) -> NDArray[np.int64]:
        """Return the class of each row, -1 for a missing file with none; `names` are train's."""
        texts, known = self._texts(), {text: number for number, text in enumerate(names)}
        none = [number for number, text in enumerate(texts) if text.lower() == "nan"]
        if none and all(_is_number(text) for number, text in enumerate(texts) if number not in none):
            row = int(np.isin(self.labels, none).argmax())
            raise DataError(
                f"{self.path}: line {self.lines[row]} has the label {texts[none[0]]!r}, which programs write for a "
                "missing number. Remove the line."
            )
        labels: NDArray[np.int64] = np.array([known.get(text, -1) for text in texts], np.int64)[self.labels]
        wrong = labels < 0
        if wrong.any():
            wrong[self.missing] = False
        if wrong.any():
            at = int(wrong.argmax())
            raise DataError(
                f"{self.path}: line {self.lines[at]}: the class {texts[self.labels[at]]!r} is not one of train's "
                f"({shown(names)})."
            )
        return labels

    def found(self, may_lack: float) -> tuple[NDArray[np.int64], tuple[LeftOut, ...]]:
        """Return the rows to read, and the files of the others, each with the reason."""
        files = self.files
        missing = self.missing.tolist()
        reasons = [f"{self.path}: line {self.lines[row]}: there is no file {files.file(row)}." for row in missing]
        if len(missing) > may_lack * len(files):
            raise DataError(
                f"{reasons[0]} {len(missing):,} of {len(files):,} files are missing. Paths are relative to the "
                f"list's own folder, {self.path.parent}."
            )
        rows = np.setdiff1d(np.arange(len(files)), [*missing, *self.repeated])
        lacking = map(Unreadable, (files.name_of(row) for row in missing), reasons)
        again = (
            LeftOut(files.name_of(row), f"line {self.lines[row]} of {self.path.name} repeats line {self.lines[first]}")
            for row, first in self.repeated.items()
        )
        return rows, (*lacking, *again)

    def _texts(self) -> list[str]:
        """Return the texts of the labels; whole numbers lose the ".0" that pandas writes."""
        texts = list(self.texts)
        if all(text.endswith(".0") and text[:-2].isdecimal() for text in texts):
            texts = [text[:-2] for text in texts]
        return texts

    def _differ(self, row: int, earlier: int) -> DataError:
        """Return the error for two rows with the same file and different labels."""
        texts = self._texts()
        return DataError(
            f"{self.path}: line {self.lines[row]} gives {self.names[row]} the label {texts[self.labels[row]]!r}, and "
            f"line {self.lines[earlier]} gave it {texts[self.labels[earlier]]!r}. Keep the line that is right."
        )


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()
