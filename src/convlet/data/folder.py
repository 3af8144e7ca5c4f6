"""A folder with a folder per class, each full of images of one size."""

import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.dataset import Dataset, make_dataset
from convlet.data.decoder import WHOLE, Place
from convlet.data.encoded import about_pixels, by_number_or_name, gathered, split_of
from convlet.data.files import LeftOut
from convlet.data.names import Names
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.reading.image_file import SUFFIXES, is_image
from convlet.system.watch import Watch


def can_read(path: Path) -> bool:
    """Return whether a path may be such a folder."""
    return path.is_dir()


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read `FOLDER/CLASS/image.png`, or `FOLDER/train/CLASS/image.png` with `test` and `validation` (or `val`) beside.

    The classes are named after their folders, numbers in numeric order before other names in alphabetical order. If
    any image of a split is colored, all of them get 3 channels.

    Raises:
        DataError: no class folders, one without images, an unreadable image, or images of more than one size.
    """
    parts = {child.name: child for child in _subfolders(folder)}
    whole = parts.get("train", folder)
    class_names = [child.name for child in _classes(whole)]
    files = _Files(whole, class_names)
    found = gathered(files, str(whole), None, watch, wanted)
    train = split_of(found, files, files.labels, str(whole))
    open_test = validation = None
    left_out = found.left_out
    if "train" in parts:

        def other(part: Path) -> tuple[Split, tuple[LeftOut, ...]]:
            files = _of_train(part, class_names)
            more = gathered(files, str(part), train.image_shape[-1], watch, wanted, found.like)
            return split_of(more, files, files.labels, str(part)), more.left_out

        if "test" in parts:
            open_test = partial(lambda part: other(part)[0], parts["test"])
        if held_out := parts.get("validation", parts.get("val")):
            validation, others = other(held_out)
            left_out += others
    return make_dataset(
        folder.name,
        str(folder),
        train,
        open_test,
        validation=validation,
        class_names=class_names,
        about={"kind": "class folders"} | about_pixels(train.images),
        form=found.like.form,
        left_out=left_out,
        reread=partial(read, folder, watch),
    )


def _classes(folder: Path) -> list[Path]:
    classes = _subfolders(folder)
    if not classes:
        raise DataError(
            f"{folder} has no class folders. Expected {folder.name}/cat/1.png, {folder.name}/dog/2.png, ...; "
            "shards (shard-000000.tar, ...); or the four IDX files of MNIST."
        )
    return sorted(classes, key=lambda child: by_number_or_name(child.name))


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")]
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error


class _Files:
    """The image files of a split, class by class, each by name."""

    def __init__(self, folder: Path, class_names: Sequence[str]) -> None:
        self.folders = [str(folder / name) for name in class_names]
        self.names = Names()
        counts = []
        for place in self.folders:
            names = _names(Path(place))
            for name in names:
                self.names.append(name)
            counts.append(len(names))
        self.labels = np.repeat(np.arange(len(counts)), counts)

    def __len__(self) -> int:
        return len(self.names)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        folder = Path(self.folders[self.labels[row]])
        return f"{folder.name}/{self.names[row]}"

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return [
            (self.folders[label] + os.sep + self.names[row], 0, WHOLE)
            for row, label in zip(rows.tolist(), self.labels[rows].tolist(), strict=True)
        ]


def _names(folder: Path) -> list[str]:
    """Return the sorted names of a folder's image files."""
    try:
        with os.scandir(folder) as found:
            # Names and not paths: the order of those differs between systems.
            files = sorted(entry.name for entry in found if is_image(entry.name) and entry.name[0] != ".")
    except OSError as error:
        raise DataError(f"cannot read the class folder {folder}: {error.strerror or error}.") from error
    if not files:
        raise DataError(
            f"the class folder {folder} holds no images ({', '.join(sorted(SUFFIXES))}). Fill it or remove it."
        )
    return files


def _of_train(folder: Path, class_names: Sequence[str]) -> _Files:
    """Return the files of another split, whose classes must be train's."""
    unknown = [child.name for child in _classes(folder) if child.name not in class_names]
    if unknown:
        raise DataError(f"{folder}: no class {unknown[0]!r} in train (it has {', '.join(class_names)}).")
    return _Files(folder, class_names)
