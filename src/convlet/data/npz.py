"""NPZ archives of NumPy arrays, by the names that Keras, MedMNIST and most people use."""

import contextlib
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from lzma import LZMAError
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, BinaryIO

import numpy as np

from convlet.data import disk
from convlet.data.dataset import Dataset, Split, make_dataset, wrong_dtype
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.data.spill import Spill
from convlet.errors import DataError
from convlet.system.watch import Watch

# (images, labels) of each split, in the order tried.
_NAMES = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"), ("X", "y")),
    "validation": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_validation", "y_validation")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
# Version 3.0 is for field names.
_HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
# From zipfile and NumPy on archives that are damaged, encrypted, or promise more than memory holds.
_UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, MemoryError, SyntaxError),
    *(zipfile.BadZipFile, zlib.error, LZMAError, TokenError),
)


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.npz`."""
    return path.suffix.lower() == ".npz" and not path.is_dir()


def read(path: Path, _watch: Watch) -> Dataset:
    """Read an `.npz` with train and test arrays (`x_train`, `y_train`, `x_test`, `y_test`), or one set.

    One set is `images` and `labels`. Images are uint8, (n, height, width) or (n, height, width, channels); labels whole
    numbers, (n,) or (n, 1). A text array `class_names` names the classes 0, 1, ...

    Raises:
        DataError: no such archive or arrays, Python objects (never unpickled), or shapes that do not fit.
        OutputError: no space to decompress images too many for memory.
    """
    with _opened(path) as archive:
        held = list(archive.arrays)
        train, validation, test = (_pair(held, split, path) for split in ("train", "validation", "test"))
        if train is None:
            expected = ", or ".join(" and ".join(pair) for pair in _NAMES["train"][:3])
            raise DataError(
                f"{path} holds {', '.join(held) or 'nothing'}; expected {expected} "
                "(and x_test and y_test beside the first)."
            )
        train_split = _split(archive, train)
        validation_split = None if validation is None else _split(archive, validation)
        names = np.ravel(_array(archive, "class_names")).tolist() if "class_names" in held else None
    return make_dataset(
        path.stem,
        str(path),
        train_split,
        None if test is None else lambda: _read_split(path, test),
        validation=validation_split,
        class_names=names
        and [name.decode(errors="replace") if isinstance(name, bytes) else str(name) for name in names],
        about={"kind": "NPZ archive"},
    )


def read_npz_shards(shards: Sequence[Path], name: str) -> Split:
    """Concatenate the images and labels of several archives, each of one set under any names that `read` knows.

    Raises:
        DataError, OutputError: as `read`; DataError also for images of several shapes.
    """
    spill, labels, shape = Spill(name), [], None
    for path in shards:
        with _opened(path) as archive:
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
        for pixels in disk.chunks(part.images):
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
    with _opened(path) as archive:
        found = {name: _images(archive, name) for name in archive.arrays if only in (None, name)}
    images = {name: array for name, array in found.items() if array.dtype == np.uint8 and array.ndim in (3, 4)}
    if not images:
        raise DataError(
            f"{path} holds no images, uint8 of shape (n, height, width) or (n, height, width, channels); "
            f"it has: {', '.join(found)}."
        )
    return images


@dataclass(frozen=True)
class _Archive:
    arrays: Mapping[str, Any]  # NumPy's view of the file
    file: BinaryIO
    path: Path


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Archive]:
    try:
        with path.open("rb") as file:
            if file.read(2) != b"PK":  # else NumPy would take the file for a single array, or for pickled objects
                raise ValueError("no ZIP file of arrays")
            file.seek(0)
            with np.load(file, allow_pickle=False) as arrays:
                yield _Archive(arrays, file, path)
    except _UNREADABLE as error:
        raise DataError(
            f"{path} is not an .npz archive that can be read ({error}). Write one with numpy.savez_compressed."
        ) from error


@contextlib.contextmanager
def _naming(name: str, path: Path) -> Iterator[None]:
    """Make errors name the array."""
    try:
        yield
    except _UNREADABLE as error:
        if "Object arrays" in str(error):
            raise DataError(
                f"{path}: the array {name!r} holds pickled Python objects, which can run code. Save plain arrays: "
                "uint8 images and whole-number labels."
            ) from error
        raise DataError(f"{path}: the array {name!r} is damaged ({error}). Write or copy the file again.") from error


def _array(archive: _Archive, name: str) -> Any:
    with _naming(name, archive.path):
        return archive.arrays[name]


def _images(archive: _Archive, name: str) -> Any:
    """Read an array. Too many pixels for memory stay in the archive or, decompressed, go into a temporary file."""
    path = archive.path
    with _naming(name, path), zipfile.ZipFile(archive.file) as members:
        if f"{name}.npy" not in members.namelist():
            return archive.arrays[name]
        member = members.getinfo(f"{name}.npy")
        with members.open(member) as file:
            read_header = _HEADERS.get(np.lib.format.read_magic(file))
            if read_header is None:
                return archive.arrays[name]
            shape, by_columns, kind = read_header(file)
            size = math.prod(shape) * kind.itemsize
            # In Fortran order no image is in one piece.
            if size <= disk.IN_MEMORY or by_columns or not np.issubdtype(kind, np.number):
                return archive.arrays[name]
            if kind != np.uint8:
                largest = max(np.frombuffer(part, kind).max() for part in _parts(file, size))
                raise wrong_dtype(f"{path}: {name}", kind, largest)
            in_place = member.compress_type == zipfile.ZIP_STORED
            start = file.tell()
            spill = Spill(f"{path}: {name}", needed=size)
            for part in _parts(file, size):  # all: zipfile compares the checksum at the end
                if not in_place:
                    spill.add(part)
        if in_place:
            return ImagesOnDisk(OpenFile(archive.file.fileno(), str(path)), _start(archive.file, member) + start, shape)
        return spill.images(shape)


def _parts(file: IO[bytes], size: int) -> Iterator[bytes]:
    """Yield the next `size` bytes, a few megabytes at a time."""
    left = size
    while left:
        part = file.read(min(left, disk.BLOCK))
        if not part:
            raise EOFError(f"its header promises {size:,} bytes, it has {size - left:,}")
        left -= len(part)
        yield part


def _start(file: BinaryIO, member: zipfile.ZipInfo) -> int:
    """Return the offset of a member's bytes: its header has 30 bytes, a name and an extra field."""
    file.seek(member.header_offset + 26)
    name, extra = struct.unpack("<HH", file.read(4))
    return int(member.header_offset + 30 + name + extra)


def _pair(held: Sequence[str], split: str, path: Path) -> tuple[str, str] | None:
    for images, labels in _NAMES[split]:
        if images in held and labels in held:
            return images, labels
        if images in held and (images, labels) in _NAMES[split][:2]:
            raise DataError(f"{path} holds {images} but no {labels}; it has: {', '.join(held)}.")
    return None


def _split(archive: _Archive, pair: tuple[str, str]) -> Split:
    images, labels = pair
    return Split(_images(archive, images), _array(archive, labels), name=f"{archive.path}: {images}")


def _read_split(path: Path, pair: tuple[str, str]) -> Split:
    with _opened(path) as archive:
        return _split(archive, pair)
