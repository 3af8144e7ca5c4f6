"""NPZ archives of NumPy arrays, under the names that Keras, MedMNIST and most people use."""

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
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


def read_npz(path: Path) -> Dataset:
    """Read an `.npz` with train and test arrays (`x_train`, `y_train`, `x_test`, `y_test`), or one set (`images`, `labels`).

    Images are uint8, (n, height, width) or (n, height, width, channels); labels whole numbers, (n,) or (n, 1).
    An array `class_names` of text names the classes 0, 1, ...

    Raises:
        DataError: no such archive or arrays, arrays of Python objects (never unpickled), or shapes that do not fit.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: _array(archive, name, path) for name in archive.files}
    except (OSError, EOFError, ValueError, zipfile.BadZipFile, AttributeError) as error:
        raise DataError(f"{path} is not an .npz archive that can be read ({error}). Write one with numpy.savez_compressed.") from error
    splits = {split: _split(arrays, split, path) for split in _NAMES}
    train, test = splits["train"], splits["test"]
    if train is None:
        expected = ", or ".join(" and ".join(pair) for pair in _NAMES["train"][:3])
        raise DataError(f"{path} holds {', '.join(arrays) or 'nothing'}; expected {expected} (and x_test and y_test beside the first).")
    names = arrays.get("class_names")
    return make_dataset(
        path.stem,
        str(path),
        train,
        None if test is None else lambda: test,
        validation=splits["validation"],
        class_names=None if names is None else [str(name) for name in names.ravel()],
        about={"form": "NPZ archive"},
    )


def _array(archive: Mapping[str, Any], name: str, path: Path) -> Any:
    try:
        return archive[name]
    except ValueError as error:
        if "pickle" not in str(error):
            raise
        raise DataError(
            f"{path}: the array {name!r} holds pickled Python objects, which could run code when opened, so convlet does not. "
            "Save plain arrays: uint8 images and whole-number labels."
        ) from error
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: the array {name!r} is damaged ({error}). Write or copy the file again.") from error


def _split(arrays: Mapping[str, Any], split: str, path: Path) -> Split | None:
    for images, labels in _NAMES[split]:
        if images in arrays and labels in arrays:
            return Split(arrays[images], arrays[labels], name=f"{path}: {images}")
        if images in arrays and (images, labels) in _NAMES[split][:2]:
            raise DataError(f"{path} holds {images} but no {labels}; it has: {', '.join(arrays)}.")
    return None
