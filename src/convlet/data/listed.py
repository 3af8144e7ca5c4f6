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
from convlet.data.files import LeftOut
from convlet.data.layout import has_classes
from convlet.data.sizing import Wanted
from convlet.data.tree import FileTree, joined, passed_over, walk
from convlet.errors import DataError
from convlet.system.watch import Watch

_NAMES = ("labels", "train", "metadata", "annotations")  # in the order they are preferred
_FORM = re.compile(r"submi(ssion|t)", re.IGNORECASE)  # Kaggle's sample_submission.csv: its labels are placeholders


def can_read(path: Path) -> bool:
    """Return whether a path is a folder with such a list but without class folders."""
    return path.is_dir() and bool(_with_labels(path)) and not has_classes(FileTree(path))


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read the images that the folder's list names, as `lists.read` does.

    Besides a list of train there may be lists named after other splits, such as `test.csv`. Those are splits, unless
    the list has a column of splits itself or their labels are not classes of train. If several lists belong to one
    split, such as Kaggle's `test.csv` and `test_labels.csv`, the one with labels is read. Other tables, such as
    `sample_submission.csv`, and images that no list names, are left out.

    Raises:
        DataError: see `lists.read`; or there are several lists, and none is called labels, train, metadata or
            annotations.
    """
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
    watch.on_note(f"{folder.name}: the classes are those in {train.name}.")
    dataset = lists.read_lists(train, others, watch, wanted, partial(_beside, folder))
    return replace(dataset, name=folder.name, source=str(folder), reread=partial(read, folder, watch))


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
    """Return the images in a folder that no list names, and the tables neither read nor already reported.

    A list may name an image through a link, by another path than the folder's: real paths of folders are compared.
    """
    real = cache(os.path.realpath)
    tree, known = FileTree(folder), {real(at) + os.sep + name for at, name in map(os.path.split, named)}
    unnamed = [
        LeftOut(joined(where, image), f"no line of {' or '.join(one.name for one in read)} names it")
        for where, here in walk(tree, "")
        for image in here.images
        if real(tree.where(where)) + os.sep + image not in known
    ]
    told_of = {path.name for path in read} | {one.file for one in told}
    tables = [
        LeftOut(name, _why_not(Path(name), read))
        for name in sorted(one.file for one in tree.look("").left_out)
        if Path(name).suffix.lower() in (*TABLES, *LINES) and name not in told_of
    ]
    return tables + unnamed


def _why_not(table: Path, read: list[Path]) -> str:
    if _FORM.search(table.stem):
        return "a sample submission with placeholder labels"
    split = split_within(table.stem)
    same = next((path.name for path in read[1:] if split and split_within(path.stem) == split), None)
    if same:
        return f"the labels of {split} are read from {same}"
    return f"it is a table next to {read[0].name}, which lists the images"


def lists_in(folder: Path) -> list[Path]:
    """Return the lists of image files in a folder.

    Raises:
        DataError: the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not passed_over(entry.name))
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
    tables = [folder / name for name in names if os.path.splitext(name)[1].lower() in (*TABLES, *LINES)]  # noqa: PTH122
    return [path for path in tables if path.is_file() and _is_list(path)]


def _is_list(path: Path) -> bool:
    with contextlib.suppress(DataError):  # a table of files without labels, such as Kaggle's test.csv
        return lists.can_read(path)
    return False
