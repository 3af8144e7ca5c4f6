"""EMNIST: handwritten letters and digits, 28x28 gray, all sets in one archive with transposed images."""

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from string import ascii_uppercase, digits
from typing import Any

import numpy as np

from convlet.data.entry import Archive, Entry, Read
from convlet.data.idx import find, read_idx, read_open
from convlet.data.split import Split
from convlet.data.turn import transposed
from convlet.errors import DataError

_MERGED = "abdefghnqrt"  # the lowercase letters that do not look like their capitals


def _read(entry: Entry, folder: Path) -> Read:
    place, (images, labels, *test) = entry.place(folder), entry.archives[0].members
    return Read(_split(entry, place, images, labels), lambda: _split(entry, place, *test), {"folder": str(folder)})


def _split(entry: Entry, place: Path, images: str, labels: str) -> Split:
    name = f"{place}: {PurePosixPath(images).name}"
    pixels, numbers = transposed(_array(place, images, "images"), name), _array(place, labels, "labels")
    if entry.name == "emnist-letters":
        if len(numbers) and numbers.min() < 1:
            raise DataError(f"{place}: {PurePosixPath(labels).name} has a label 0; expected 1 (A) to 26 (Z).")
        numbers = numbers.astype(np.int64) - 1
    return Split(pixels, numbers, name=name)


def _array(place: Path, member: str, kind: str) -> Any:
    """Read a member of the archive, or the file with its name in a folder."""
    name = PurePosixPath(member).name.removesuffix(".gz")
    if place.is_dir():
        if path := find(place, name):
            return read_idx(path, kind).array
        raise DataError(f"{place} has no file {name} (with or without .gz).")
    try:
        with zipfile.ZipFile(place) as archive, archive.open(member) as file:
            return read_open(file, f"{place}: {member}", kind).array
    except KeyError as error:
        raise DataError(f"{place} has no member {member}. Fetch or copy it again.") from error
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError) as error:
        raise DataError(f"{place} is damaged: {error}. Fetch or copy it again.") from error


def _entry(name: str, title: str, class_names: str, train: int, test: int) -> Entry:
    files = (f"{split}-{kind}-ubyte.gz" for split in ("train", "test") for kind in ("images-idx3", "labels-idx1"))
    return Entry(
        name=f"emnist-{name}",
        title=title,
        licence="public domain",
        citation="G. Cohen, S. Afshar, J. Tapson, A. van Schaik: EMNIST, an extension of MNIST to handwritten letters "
        "(arXiv:1702.05373)",
        class_names=tuple(class_names),
        image_shape=(28, 28, 1),
        train=train,
        test=test,
        read=_read,
        torchvision="EMNIST/raw",
        archives=(
            Archive(
                "gzip.zip",
                "fb9bb67e33772a9cc0b895e4ecf36d2cf35be8b709693c3564cea2a019fcda8e",
                members=tuple(f"gzip/emnist-{name}-{file}" for file in files),
            ),
        ),
        mirrors=("https://biometrics.nist.gov/cs_links/EMNIST/",),
        family="emnist",
    )


ENTRIES = (
    _entry("letters", "Handwritten letters", ascii_uppercase, 124_800, 20_800),
    _entry("balanced", "Handwritten characters", digits + ascii_uppercase + _MERGED, 112_800, 18_800),
    _entry("digits", "Handwritten digits", digits, 240_000, 40_000),
)
