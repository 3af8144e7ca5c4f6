"""A folder with a folder per class, each full of images of one size."""

from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from convlet.data.dataset import Dataset, Split, make_dataset
from convlet.data.disk import chunks
from convlet.data.image import SUFFIXES, as_channels, read_pixels
from convlet.data.spill import Spill
from convlet.errors import DataError


def read_class_folders(folder: Path) -> Dataset:
    """Read `FOLDER/CLASS/image.png`, or `FOLDER/train/CLASS/image.png` with `FOLDER/test/...` (and `validation` or `val`) beside it.

    The class names are the folders' names, numbers in numeric order before other names in alphabetical order. If any image of a
    split is coloured, all of them get 3 channels.

    Raises:
        DataError: no class folders, one without images, an unreadable image, or images of more than one size.
        OutputError: the images are too many for memory, and no space is left for a temporary file of their pixels.
    """
    parts = {child.name: child for child in _subfolders(folder)}
    if "train" not in parts:
        class_names = [child.name for child in _classes(folder)]
        return make_dataset(
            folder.name, str(folder), _read(folder, class_names), None, class_names=class_names, about={"form": "class folders"}
        )
    class_names = [child.name for child in _classes(parts["train"])]
    train = _read(parts["train"], class_names)
    channels = train.image_shape[-1]
    validation = parts.get("validation", parts.get("val"))
    return make_dataset(
        folder.name,
        str(folder),
        train,
        (lambda: _read(parts["test"], class_names, channels)) if "test" in parts else None,
        validation=None if validation is None else _read(validation, class_names, channels),
        class_names=class_names,
        about={"form": "class folders"},
    )


def _classes(folder: Path) -> list[Path]:
    classes = _subfolders(folder)
    if not classes:
        raise DataError(
            f"{folder} has no class folders. Expected {folder.name}/cat/1.png, {folder.name}/dog/2.png, ...; or the four IDX files of MNIST."
        )
    return sorted(classes, key=lambda child: (0, int(child.name), child.name) if child.name.isdecimal() else (1, 0, child.name))


def _subfolders(folder: Path) -> list[Path]:
    try:
        return [child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")]
    except OSError as error:
        raise DataError(f"cannot read the folder {folder}: {error.strerror or error}.") from error


def _read(folder: Path, class_names: Sequence[str], channels: int | None = None) -> Split:
    """The images of one split; `channels` as train has them, or None to follow the images."""
    unknown = [child.name for child in _classes(folder) if child.name not in class_names]
    if unknown:
        raise DataError(f"{folder}: no class {unknown[0]!r} in train (it has {', '.join(class_names)}).")
    spill, labels = Spill(str(folder)), array("q")
    held, size = channels or 0, (0, 0)
    for label, file in _files(folder, class_names):
        pixels = read_pixels(file)
        if not labels:
            first, size, held = file, pixels.shape[:2], held or pixels.shape[-1]
        elif pixels.shape[:2] != size:
            raise DataError(
                f"images of mixed sizes: {first} is {size[1]}x{size[0]} pixels, "
                f"{file} is {pixels.shape[1]}x{pixels.shape[0]}. Bring all of them to one size first."
            )
        if channels is None and pixels.shape[-1] > held:
            spill, held = _in_colour(spill, (len(labels), *size)), pixels.shape[-1]
        spill.add(as_channels(pixels, held))
        labels.append(label)
    return Split(spill.images((len(labels), *size, held)), np.array(labels), name=str(folder))


def _files(folder: Path, class_names: Sequence[str]) -> Iterator[tuple[int, Path]]:
    """The image files of a split in their order, each with the number of its class."""
    for label, name in enumerate(class_names):
        try:
            found = (file.name for file in (folder / name).iterdir())
            # Names and not paths: the order of those differs between systems, and a million of them would fill memory.
            files = sorted(file for file in found if Path(file).suffix.lower() in SUFFIXES and not file.startswith("."))
        except OSError as error:
            raise DataError(f"cannot read the class folder {folder / name}: {error.strerror or error}.") from error
        if not files:
            raise DataError(f"the class folder {folder / name} holds no images ({', '.join(sorted(SUFFIXES))}). Fill it or remove it.")
        yield from ((label, folder / name / file) for file in files)


def _in_colour(grey: Spill, shape: tuple[int, ...]) -> Spill:
    """The same pixels in three channels: the first coloured image has come."""
    coloured = Spill(grey.name)
    for part in chunks(grey.images((*shape, 1))):
        coloured.add(np.repeat(part, 3, axis=-1))
    return coloured
