"""Find the Parquet files in a folder, and the split of each."""

import os
import re
from pathlib import Path

from convlet.data.columns import SPLITS
from convlet.data.files import LeftOut
from convlet.data.tree import passed_over
from convlet.errors import DataError
from convlet.reading.image_file import is_image

SUFFIX = ".parquet"
_DEEP = 3  # folders: default/train/0000.parquet
_FEW = 16  # folders in a folder that may hold such files
_BEGINS = {split: re.compile(rf"({'|'.join(words)})([^a-z0-9].*)?") for split, words in SPLITS.items()}


def splits_in(path: Path) -> tuple[dict[str, list[Path]], list[LeftOut]]:
    """Return the files of each split, sorted, "train" among them; and those without a split, with the reason.

    Both are empty if `path` is neither a Parquet file nor a folder with some.

    Raises:
        DataError: the folder has several data sets in separate folders, or no files of train.
    """
    if not path.is_dir():
        return ({"train": [path]} if path.suffix.lower() == SUFFIX else {}), []
    files = sorted(_below(path, _DEEP))
    splits: dict[str, list[Path]] = {}
    others: list[Path] = []
    for file in files:
        split = _split(file, path)
        (splits.setdefault(split, []) if split else others).append(file)
    if not splits:
        return ({"train": others} if others else {}), []
    if "train" not in splits:
        raise DataError(
            f"{path} has Parquet files of {' and '.join(splits)} but none of train. Expected train-00000.parquet or "
            "train/0000.parquet."
        )
    homes = sorted({_home(file) for held in splits.values() for file in held})
    if len(homes) > 1:
        names = ", ".join(home.relative_to(path).as_posix() for home in homes)
        raise DataError(f"{path} holds several data sets ({names}). Give the folder of one: {homes[0]}.")
    reason = "its name does not begin with a split: train, validation or test"
    return splits, [LeftOut(file.relative_to(path).as_posix(), reason) for file in others]


def _below(folder: Path, deep: int) -> list[Path]:
    """Return the Parquet files in a folder and some levels below; none in a folder with an image."""
    files, folders = [], []
    try:
        with os.scandir(folder) as found:
            for entry in found:
                if passed_over(entry.name):
                    continue
                if entry.is_dir():
                    folders.append(Path(entry.path))
                elif entry.name.lower().endswith(SUFFIX):
                    files.append(Path(entry.path))
                elif is_image(entry.name):
                    return []
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
    if deep and len(folders) <= _FEW:
        files += [file for inner in folders for file in _below(inner, deep - 1)]
    return files


def _split(file: Path, root: Path) -> str | None:
    """Return the split that a file's name begins with, or that a folder above it is named after."""
    names = [file.stem, *reversed(file.parent.relative_to(root).parts)]
    found = (split for name in names for split, begins in _BEGINS.items() if begins.fullmatch(name.lower()))
    return next(found, None)


def _home(file: Path) -> Path:
    """Return the folder of a file's data set: its own, or the one above if its own is named after a split."""
    own = file.parent
    return own.parent if any(own.name.lower() in words for words in SPLITS.values()) else own
