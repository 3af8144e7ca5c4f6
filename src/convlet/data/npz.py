"""NPZ archives of NumPy arrays, by the names that Keras, MedMNIST and most people use."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from convlet.data.archive import Archive, open_archive
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images, chunks
from convlet.data.entry import Entry, Read
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

# (images, labels) of each split, in the order tried.
_NAMES = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"), ("X", "y")),
    "validation": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_validation", "y_validation")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.npz`."""
    return path.suffix.lower() == ".npz" and not path.is_dir()


def read(path: Path, _watch: Watch, _wanted: Wanted) -> Dataset:
    """Read an `.npz` with train and test arrays (`x_train`, `y_train`, `x_test`, `y_test`), or one set.

    One set is `images` and `labels`. Images are uint8, (n, height, width) or (n, height, width, channels); labels whole
    numbers, (n,) or (n, 1). A text array `class_names` names the classes 0, 1, ...

    Raises:
        DataError: no such archive or arrays, Python objects (never unpickled), or shapes that do not fit.
        OutputError: no space to decompress images too many for memory.
    """
    train, open_test, validation, names = _read_splits(path)
    return make_dataset(
        path.stem,
        str(path),
        train,
        open_test,
        validation=validation,
        class_names=names
        and [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names],
        about={"kind": "NPZ archive"},
    )


def read_entry(entry: Entry, folder: Path) -> Read:
    """Read a named set of one archive, with a test split of its own.

    Raises:
        DataError, OutputError: as `read`; DataError also without a test split.
    """
    path = folder / entry.archives[0].name
    train, open_test, validation, _ = _read_splits(path)
    if open_test is None:
        raise DataError(f"{path} has no test split: expected {' and '.join(_NAMES['test'][1])} in it.")
    return Read(train, open_test, {"folder": str(folder)}, validation)


def read_npz_shards(shards: Sequence[Path], name: str) -> Split:
    """Concatenate the images and labels of several archives, each of one set under any names that `read` knows.

    Raises:
        DataError, OutputError: as `read`; DataError also for images of several shapes.
    """
    spill, labels, shape = Spill(name), [], None
    for path in shards:
        with open_archive(path) as archive:
            held = list(archive.arrays)
            pairs = [pair for split in _NAMES if (pair := _pair(held, split, path))]
            if len(pairs) != 1:
                raise DataError(
                    f"{path} holds {', '.join(held) or 'nothing'}; expected one set of images and labels. "
                    "Load a file of several sets by its own name."
                )
            part = _split(archive, pairs[0])
        shape = shape or part.image_shape
        if part.image_shape != shape:
            raise DataError(
                f"{path} has images of {part.image_shape}; expected {shape} (height, width, channels) as {shards[0]}."
            )
        for pixels in chunks(part.images):
            spill.add(pixels)
        labels.append(part.labels)
    every = np.concatenate(labels)
    return Split(spill.images((len(every), *(shape or ()))), every, name=name)


def read_npz_images(path: Path, only: str | None = None) -> dict[str, Images]:
    """Read every array of images, or `only` one.

    Returns:
        By name: uint8 (n, height, width) or (n, height, width, channels).

    Raises:
        DataError, OutputError: as `read`.
    """
    with open_archive(path) as archive:
        found = {name: archive.images(name) for name in archive.arrays if only in (None, name)}
    images = {name: array for name, array in found.items() if array.dtype == np.uint8 and array.ndim in (3, 4)}
    if not images:
        raise DataError(
            f"{path} holds no images, uint8 of shape (n, height, width) or (n, height, width, channels); "
            f"it has: {', '.join(found)}."
        )
    return images


def _pair(held: Sequence[str], split: str, path: Path) -> tuple[str, str] | None:
    for images, labels in _NAMES[split]:
        if images in held and labels in held:
            return images, labels
        if images in held and (images, labels) in _NAMES[split][:2]:
            raise DataError(f"{path} holds {images} but no {labels}; it has: {', '.join(held)}.")
    return None


def _read_splits(path: Path) -> tuple[Split, Callable[[], Split] | None, Split | None, list[Any] | None]:
    """Return train, what reads test, validation, and the classes' names; None for each but train that is not there."""
    with open_archive(path) as archive:
        held = list(archive.arrays)
        train, validation, test = (_pair(held, split, path) for split in _NAMES)
        if train is None:
            expected = ", or ".join(" and ".join(pair) for pair in _NAMES["train"][:3])
            raise DataError(
                f"{path} holds {', '.join(held) or 'nothing'}; expected {expected} "
                "(and x_test and y_test beside the first)."
            )
        train_split = _split(archive, train)
        validation_split = validation and _split(archive, validation)
        names = np.ravel(archive.array("class_names")).tolist() if "class_names" in held else None
    return train_split, test and (lambda: _read_split(path, test)), validation_split, names


def _split(archive: Archive, pair: tuple[str, str]) -> Split:
    images, labels = pair
    return Split(archive.images(images), archive.array(labels), name=f"{archive.path}: {images}")


def _read_split(path: Path, pair: tuple[str, str]) -> Split:
    with open_archive(path) as archive:
        return _split(archive, pair)
