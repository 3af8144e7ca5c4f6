"""A folder with a folder per class, each full of images of one size."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.dataset import Dataset, Split, make_dataset
from convlet.data.decoder import WHOLE, Place
from convlet.data.encoded import OnRead, about_pixels, by_number_or_name, gathered
from convlet.data.image import SUFFIXES, is_image
from convlet.errors import DataError


def read_class_folders(folder: Path, reading: OnRead | None = None) -> Dataset:
    """Read `FOLDER/CLASS/image.png`, or `FOLDER/train/CLASS/image.png` with `FOLDER/test/...` (and `validation` or `val`) beside it.

    The class names are the folders' names, numbers in numeric order before other names in alphabetical order. If any image of a
    split is coloured, all of them get 3 channels.

    Args:
        folder: where they are.
        reading: told (folder, images so far, images in all).

    Raises:
        DataError: no class folders, one without images, an unreadable image, or images of more than one size.
    """
    parts = {child.name: child for child in _subfolders(folder)}
    if "train" not in parts:
        class_names = [child.name for child in _classes(folder)]
        every = _read(folder, class_names, None, reading)
        about = {"form": "class folders"} | about_pixels(every.images)
        return make_dataset(folder.name, str(folder), every, None, class_names=class_names, about=about)
    class_names = [child.name for child in _classes(parts["train"])]
    train = _read(parts["train"], class_names, None, reading)
    channels = train.image_shape[-1]
    validation = parts.get("validation", parts.get("val"))
    return make_dataset(
        folder.name,
        str(folder),
        train,
        (lambda: _read(parts["test"], class_names, channels, reading)) if "test" in parts else None,
        validation=None if validation is None else _read(validation, class_names, channels, reading),
        class_names=class_names,
        about={"form": "class folders"} | about_pixels(train.images),
    )


def _classes(folder: Path) -> list[Path]:
    classes = _subfolders(folder)
    if not classes:
        raise DataError(
            f"{folder} has no class folders. Expected {folder.name}/cat/1.png, {folder.name}/dog/2.png, ...; shards (shard-000000.tar, ...); or the four IDX files of MNIST."
        )
    return sorted(classes, key=lambda child: by_number_or_name(child.name))


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")]
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error


class _Files:
    """The image files of a split: their names as one text, with numbers beside it. As many Python strings take four times the memory."""

    def __init__(self, folder: Path, class_names: Sequence[str]) -> None:
        self.folders = [str(folder / name) for name in class_names]
        names = [_names(Path(place)) for place in self.folders]
        self.names = b"".join(part for part, _ in names)
        self.ends = np.cumsum(np.concatenate([lengths for _, lengths in names]))
        self.labels = np.repeat(np.arange(len(names)), [len(lengths) for _, lengths in names])

    def __len__(self) -> int:
        return len(self.ends)

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        starts = np.where(rows > 0, self.ends[rows - 1], 0)
        return [
            (self.folders[label] + os.sep + os.fsdecode(self.names[start:end]), 0, WHOLE)
            for start, end, label in zip(
                starts.tolist(), self.ends[rows].tolist(), self.labels[rows].tolist(), strict=True
            )
        ]


def _names(folder: Path) -> tuple[bytes, NDArray[np.int64]]:
    """The names of a folder's image files in their order, one behind the other, and how many bytes each has."""
    try:
        with os.scandir(folder) as found:
            # Names and not paths: the order of those differs between systems.
            files = sorted(
                name for name in (entry.name for entry in found) if is_image(name) and not name.startswith(".")
            )
    except OSError as error:
        raise DataError(f"cannot read the class folder {folder}: {error.strerror or error}.") from error
    if not files:
        raise DataError(
            f"the class folder {folder} holds no images ({', '.join(sorted(SUFFIXES))}). Fill it or remove it."
        )
    encoded = list(map(os.fsencode, files))
    return b"".join(encoded), np.fromiter(map(len, encoded), np.int64, len(encoded))


def _read(folder: Path, class_names: Sequence[str], channels: int | None, reading: OnRead | None) -> Split:
    """The images of one split; `channels` as train has them, or None to follow the images."""
    unknown = [child.name for child in _classes(folder) if child.name not in class_names]
    if unknown:
        raise DataError(f"{folder}: no class {unknown[0]!r} in train (it has {', '.join(class_names)}).")
    files = _Files(folder, class_names)
    return Split(gathered(files, str(folder), channels, reading), files.labels, name=str(folder))
