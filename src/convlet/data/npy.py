"""Read NumPy arrays in separate files: x.npy and y.npy, or X_train.npy, y_train.npy, X_test.npy, y_test.npy."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.archive import header_of, naming, rows_of
from convlet.data.arrays import Arrays, arranged, texts
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import ImagesOnDisk, OpenFile
from convlet.data.pixels import Raw, raw_of
from convlet.data.roles import pairs_of_train, role, unlabelled
from convlet.data.sizing import Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch

_SUFFIX = ".npy"


def can_read(path: Path) -> bool:
    """Return whether a path is a `.npy` file, or a folder with files named like images and labels."""
    if not path.is_dir():
        return path.suffix.lower() == _SUFFIX
    kinds = {told[1] for name in _names(path) if (told := role(name))}
    return kinds == {"images", "labels"}


def read(path: Path, watch: Watch, _wanted: Wanted) -> Dataset:
    """Read `.npy` files in one folder, with names that `roles.pairs` knows; `path` is the folder or any of the files.

    Images and labels are as in `npz.read`, and `class_names.npy` names the classes.

    Raises:
        DataError: no such files, Python objects (never unpickled), or shapes that do not fit.
        OutputError: no space to convert images that do not fit in memory.
    """
    folder = path if path.is_dir() else path.parent
    held = _names(folder)
    found = pairs_of_train(held, folder)
    names = texts(_array(folder, "class_names")) if "class_names" in held else None

    def opened(split: str) -> Arrays:
        images, labels = found[split]
        return Arrays(_raw(folder, images), _array(folder, labels), str(folder / f"{images}{_SUFFIX}"))

    made = arranged({split: partial(opened, split) for split in found}, names, watch)
    left_out = unlabelled(held, found, folder.name)
    return make_dataset(path.stem, str(path), about={"kind": ".npy files"}, left_out=left_out, **made)


def _names(folder: Path) -> Sequence[str]:
    try:
        files = [file for file in folder.iterdir() if file.suffix.lower() == _SUFFIX and file.name[0] != "."]
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error
    return sorted(file.stem for file in files)


def _array(folder: Path, name: str) -> NDArray[Any]:
    path = folder / f"{name}{_SUFFIX}"
    with naming(path, name):
        return np.asarray(np.load(path, allow_pickle=False))


def _raw(folder: Path, name: str) -> Raw:
    path = folder / f"{name}{_SUFFIX}"
    with naming(path, name), path.open("rb") as file:
        header = header_of(file)
        if header is None or not header.is_large:
            return raw_of(_array(folder, name))
        if path.stat().st_size < file.tell() + header.size:
            raise EOFError(f"its header promises {header.size:,} bytes, but it has fewer")
        if header.dtype == np.uint8:
            return raw_of(ImagesOnDisk(OpenFile(file.fileno(), str(path)), file.tell(), header.shape))
    return Raw(header.shape, header.dtype, partial(_parts, path, name))


def _parts(path: Path, name: str) -> Iterator[NDArray[Any]]:
    with naming(path, name), path.open("rb") as file:
        header = header_of(file)
        if header:
            yield from rows_of(file, header)
