"""Read a folder of images with a list of them, such as `labels.csv` (`path,label[,split]`)."""

import contextlib
import os
import re
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from convlet.data import lists
from convlet.data.columns import LINES, TABLES, columns_of, label_among, split_within
from convlet.data.dataset import Dataset
from convlet.data.decisions import is_journal_file
from convlet.data.files import LeftOut
from convlet.data.layout import has_classes, lay_out
from convlet.data.sizing import Wanted
from convlet.data.tree import FileTree, joined, passed_over, walk
from convlet.errors import DataError
from convlet.system.watch import Watch

_NAMES = ("labels", "train", "metadata", "annotations")  # in the order they are preferred
_FORM = re.compile(r"submi(ssion|t)", re.IGNORECASE)  # Kaggle's sample_submission.csv: its labels are placeholders


def can_read(path: Path) -> bool:
    """Return whether a path is a folder without class folders, but with such a list or one in each split's folder."""
    return path.is_dir() and bool(_with_labels(path) or _of_splits(path)) and not has_classes(FileTree(path))


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read the images that the folder's list names, as `lists.read` does.

    Besides a list of train there may be lists named after other splits, such as `test.csv`. Those are splits, unless
    the list has a column of splits itself or their labels are not classes of train. If several lists belong to one
    split, such as Kaggle's `test.csv` and `test_labels.csv`, the one with labels is read. Other tables, such as
    `sample_submission.csv`, and images that no list names, are left out.

    Without such a list, the folders of the splits have one each, as Hugging Face's `train/metadata.jsonl`.

    Raises:
        DataError: see `lists.read`; or there are several lists, and none is called labels, train, metadata or
            annotations.
    """
    if not _with_labels(folder):
        of_splits = _of_splits(folder)
        return _read(folder, of_splits.pop("train")[0], of_splits, watch, wanted)
    found = {path.stem.lower(): path for path in _with_labels(folder)}
    named = [found[name] for name in _NAMES if name in found]
    named += [path for name, path in found.items() if split_within(name) == "train" and path not in named]
    named = named or list(found.values())
    if len(found) > 1 and not found.keys() & set(_NAMES) and split_within(named[0].stem) != "train":
        raise DataError(
            f"{folder} has {len(found)} lists of image files ({', '.join(path.name for path in named)}). Give the one "
            f"to read: {named[0]}."
        )
    train = min(named, key=_lacks_labels)  # the first one
    columns = columns_of(train)
    others: dict[str, list[Path]] = {}
    if columns and columns.split is None:
        for path in sorted(found.values(), key=lambda path: "label" not in path.stem.lower()):
            split = split_within(path.stem)
            if split in ("validation", "test"):
                others.setdefault(split, []).append(path)
    return _read(folder, train, others, watch, wanted)


def _read(folder: Path, train: Path, others: dict[str, list[Path]], watch: Watch, wanted: Wanted) -> Dataset:
    watch.on_note(f"{folder.name}: the classes are those in {train.relative_to(folder)}.")
    dataset = lists.read_lists(train, others, watch, wanted, partial(_beside, folder))
    return replace(dataset, name=folder.name, source=str(folder), reread=partial(read, folder, watch))


def _of_splits(folder: Path) -> dict[str, list[Path]]:
    """Return the lists in the folder of each split that has any; none at all without one of train."""
    tree = FileTree(folder)
    with contextlib.suppress(DataError):
        splits = {split: path for split, path in lay_out(tree).splits.items() if path}
        found = {split: _with_labels(Path(tree.where(path))) for split, path in splits.items()}
        if found.get("train"):
            return {split: lists for split, lists in found.items() if lists}
    return {}


def refused(folder: Path) -> str:
    """Return why the first list in a folder, or in its folder of train, cannot be used; "" if none is refused."""
    tree, folders = FileTree(folder), [folder]
    with contextlib.suppress(DataError):
        folders.append(Path(tree.where(lay_out(tree).splits["train"])))
    for path in (table for one in folders for table in _tables(one) if not _FORM.search(table.stem)):
        try:
            lists.can_read(path)
        except DataError as error:
            return str(error)
    return ""


def _with_labels(folder: Path) -> list[Path]:
    return [path for path in lists_in(folder) if not _FORM.search(path.stem)]


def _lacks_labels(path: Path) -> bool:
    """Whether neither a list's name nor its column's name says that it has labels, like Kaggle's `train.csv`
    next to `train_labels.csv`.
    """
    columns = columns_of(path)
    if columns is None or not columns.named or "label" in path.stem.lower():
        return False
    return label_among([columns.named]) is None


def _beside(folder: Path, read: list[Path], named: set[str], told: list[LeftOut]) -> list[LeftOut]:
    """Return the images in a folder that no list names, and the other files neither read nor already reported.

    A list may name an image through a link, by another path than the folder's: real paths of folders are compared.
    """
    real = cache(os.path.realpath)
    tree, known = FileTree(folder), {real(at) + os.sep + name for at, name in map(os.path.split, named)}
    unnamed, others = list[LeftOut](), list[LeftOut]()
    for where, here in walk(tree, ""):
        inside = real(tree.where(where)) + os.sep
        reason = f"no line of {' or '.join(one.name for one in read)} names it"
        unnamed += [LeftOut(joined(where, image), reason) for image in here.images if inside + image not in known]
        others += [one for one in here.left_out if inside + one.file.rpartition("/")[2] not in known]
    told_of = {path.relative_to(folder).as_posix() for path in read} | {one.file for one in told}
    others = [one for one in others if one.file not in told_of]
    tables = [one for one in others if "/" not in one.file and Path(one.file).suffix.lower() in (*TABLES, *LINES)]
    told_why = [LeftOut(one.file, _why_not(Path(one.file), read)) for one in tables]
    return told_why + unnamed + [one for one in others if one not in tables]


def _why_not(table: Path, read: list[Path]) -> str:
    if _FORM.search(table.stem):
        return "a sample submission with placeholder labels"
    split = split_within(table.stem)
    same = next((path.name for path in read[1:] if split and split_within(path.stem) == split), None)
    if same:
        return f"the labels of {split} are read from {same}"
    return f"it is a table next to {read[0].name}, which lists the images"


def lists_of_test(folder: Path) -> list[Path]:
    """Return the tables in a folder that may list the images of test, those with labels by their names first."""
    found = [path for path in _tables(folder) if split_within(path.stem) == "test" and not _FORM.search(path.stem)]
    return sorted(found, key=lambda path: "label" not in path.stem.lower())


def lists_in(folder: Path) -> list[Path]:
    """Return the lists of image files in a folder.

    Raises:
        DataError: the folder cannot be read.
    """
    return [path for path in _tables(folder) if _is_list(path)]


def _tables(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not passed_over(entry.name))
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
    tables = [folder / name for name in names if os.path.splitext(name)[1].lower() in (*TABLES, *LINES)]  # noqa: PTH122
    return [path for path in tables if path.is_file() and not is_journal_file(path)]


def _is_list(path: Path) -> bool:
    with contextlib.suppress(DataError):  # a table of files without labels, such as Kaggle's test.csv
        return lists.can_read(path)
    return False
