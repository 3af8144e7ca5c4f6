"""NPZ archives of NumPy arrays, under the names that Keras, MedMNIST and most people use."""

import contextlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import Any

import numpy as np

from convlet.data.dataset import Dataset, Split, make_dataset
from convlet.errors import DataError

# (images, labels) of each split, in the order in which they are looked for.
_NAMES = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"), ("X", "y")),
    "validation": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_validation", "y_validation")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
# What zipfile and NumPy raise on archives that are damaged, encrypted, or promise more than memory holds.
_UNREADABLE = (OSError, EOFError, ValueError, RuntimeError, MemoryError, SyntaxError, zipfile.BadZipFile, zlib.error, LZMAError, TokenError)


def read_npz(path: Path) -> Dataset:
    """Read an `.npz` with train and test arrays (`x_train`, `y_train`, `x_test`, `y_test`), or one set (`images`, `labels`).

    Images are uint8, (n, height, width) or (n, height, width, channels); labels whole numbers, (n,) or (n, 1).
    An array `class_names` of text names the classes 0, 1, ...

    Raises:
        DataError: no such archive or arrays, arrays of Python objects (never unpickled), or shapes that do not fit.
    """
    with _opened(path) as archive:
        held = list(archive)
        train, validation, test = (_pair(held, split, path) for split in ("train", "validation", "test"))
        if train is None:
            expected = ", or ".join(" and ".join(pair) for pair in _NAMES["train"][:3])
            raise DataError(f"{path} holds {', '.join(held) or 'nothing'}; expected {expected} (and x_test and y_test beside the first).")
        train_split = _split(archive, train, path)
        validation_split = None if validation is None else _split(archive, validation, path)
        names = np.ravel(_array(archive, "class_names", path)) if "class_names" in held else None
    return make_dataset(
        path.stem,
        str(path),
        train_split,
        None if test is None else lambda: _read_split(path, test),
        validation=validation_split,
        class_names=None if names is None else [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names],
        about={"form": "NPZ archive"},
    )


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Mapping[str, Any]]:
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":  # else NumPy would take the file for a single array, or for pickled objects
                raise DataError(f"{path} is not an .npz archive, which is a ZIP file of arrays. Write one with numpy.savez_compressed.")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                yield archive
    except _UNREADABLE as error:
        raise DataError(f"{path} is not an .npz archive that can be read ({error}). Write one with numpy.savez_compressed.") from error


def _array(archive: Mapping[str, Any], name: str, path: Path) -> Any:
    try:
        return archive[name]
    except _UNREADABLE as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{path}: the array {name!r} holds pickled Python objects, which could run code when opened, so convlet does not. "
                "Save plain arrays: uint8 images and whole-number labels."
            ) from error
        raise DataError(f"{path}: the array {name!r} is damaged ({error}). Write or copy the file again.") from error


def _pair(held: Sequence[str], split: str, path: Path) -> tuple[str, str] | None:
    """The names of a split's images and labels among those that the archive holds."""
    for images, labels in _NAMES[split]:
        if images in held and labels in held:
            return images, labels
        if images in held and (images, labels) in _NAMES[split][:2]:
            raise DataError(f"{path} holds {images} but no {labels}; it has: {', '.join(held)}.")
    return None


def _split(archive: Mapping[str, Any], pair: tuple[str, str], path: Path) -> Split:
    images, labels = (_array(archive, name, path) for name in pair)
    return Split(images, labels, name=f"{path}: {pair[0]}")


def _read_split(path: Path, pair: tuple[str, str]) -> Split:
    with _opened(path) as archive:
        return _split(archive, pair, path)
