"""A folder of images beside a list of them, such as `labels.csv` (`path,label[,split]`)."""

import contextlib
import os
from dataclasses import replace
from functools import partial
from pathlib import Path

from convlet.data import lists
from convlet.data.columns import LINES, TABLES
from convlet.data.dataset import Dataset
from convlet.data.layout import has_classes
from convlet.data.sizing import Wanted
from convlet.data.tree import FileTree, passed_over
from convlet.errors import DataError
from convlet.system.watch import Watch

_NAMES = ("labels", "train", "metadata", "annotations")  # in the order they are preferred


def can_read(path: Path) -> bool:
    """Return whether a path is a folder with such a list, and without class folders."""
    return path.is_dir() and bool(_lists_in(path))


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read the images that the folder's list names, as `lists.read` does.

    Raises:
        DataError: as of `lists.read`; or there are several lists, and none is called labels, train, metadata or
            annotations.
    """
    found = {path.stem.lower(): path for path in _lists_in(folder)}
    named = [found[name] for name in _NAMES if name in found] or list(found.values())
    if len(found) > 1 and not found.keys() & set(_NAMES):
        raise DataError(
            f"{folder} has {len(found)} lists of image files ({', '.join(path.name for path in named)}). Give the one "
            f"to read: {named[0]}."
        )
    watch.on_note(f"{folder.name}: the classes are those in {named[0].name}.")
    dataset = lists.read(named[0], watch, wanted)
    return replace(dataset, name=folder.name, source=str(folder), reread=partial(read, folder, watch))


def _lists_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if not passed_over(entry.name))
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
    tables = [folder / name for name in names if os.path.splitext(name)[1].lower() in (*TABLES, *LINES)]  # noqa: PTH122
    return [path for path in tables if _is_list(path)] if tables and not has_classes(FileTree(folder)) else []


def _is_list(path: Path) -> bool:
    with contextlib.suppress(DataError):  # a table of files without labels, such as Kaggle's test.csv
        return lists.can_read(path)
    return False
