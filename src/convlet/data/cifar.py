"""Read CIFAR's binary files: records of a label (CIFAR-100: coarse and fine) and 32x32 pixels, channel by channel.

Format: https://www.cs.toronto.edu/~kriz/cifar.html
"""

import tarfile
import zlib
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import IO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.entry import Entry, Read
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

_PLANES = (3, 32, 32)  # red, green, blue
_SIZE = 3 * 32 * 32
_BUFFER = 1 << 20  # bytes read of an archive at a time


class Layout(NamedTuple):
    """The names of a data set's files, and the number of label bytes before the pixels; the last one is the class."""

    train: str
    test: str
    class_names: str
    labels: int


CIFAR_10 = Layout("data_batch_*.bin", "test_batch.bin", "batches.meta.txt", 1)
CIFAR_100 = Layout("train.bin", "test.bin", "fine_label_names.txt", 2)


def can_read(path: Path) -> bool:
    """Return whether a folder has training files of CIFAR-10 or CIFAR-100."""
    return any(_names(path, layout.train) for layout in (CIFAR_10, CIFAR_100))


def read(folder: Path, _watch: Watch, _wanted: Wanted) -> Dataset:
    """Read `data_batch_*.bin` and `test_batch.bin`, or CIFAR-100's `train.bin` and `test.bin`.

    The classes are named in `batches.meta.txt` or `fine_label_names.txt`, one per line, else by their numbers.

    Raises:
        DataError: a file that cannot be read or is not a whole number of records.
        OutputError: no space for images that do not fit in memory.
    """
    layout = next(one for one in (CIFAR_10, CIFAR_100) if _names(folder, one.train))
    train, test = _names(folder, layout.train), _names(folder, layout.test)
    return make_dataset(
        folder.name,
        str(folder),
        _split(folder, train, layout, "train"),
        (lambda: _split(folder, test, layout, "test")) if test else None,
        class_names=_class_names(folder / layout.class_names),
        about={"kind": "CIFAR's binary files"},
    )


def read_entry(entry: Entry, folder: Path, layout: Layout) -> Read:
    """Read a named set from its archive, or from unpacked files in its folder.

    Raises:
        DataError, OutputError: see `read`; DataError also for an archive that is damaged or lacks a file.
    """
    place = entry.place(folder)
    names = [PurePosixPath(member).name for member in entry.archives[0].members]
    train = [name for name in names if fnmatch(name, layout.train)]
    return Read(
        _split(place, train, layout, "train"),
        lambda: _split(place, [layout.test], layout, "test"),
        {"folder": str(folder)},
    )


def _names(folder: Path, pattern: str) -> list[str]:
    return sorted(path.name for path in folder.glob(pattern)) if folder.is_dir() else []


def _class_names(path: Path) -> list[str] | None:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {path}: {error}. Expected the name of a class on every line.") from error


def _split(place: Path, names: Sequence[str], layout: Layout, split: str) -> Split:
    """Read the files called `names`, in that order, from a folder or an archive."""
    spill = Spill(f"{place}: {split}")
    labels: dict[str, NDArray[np.int64]] = {}
    try:
        for name, file in _opened(place, names):
            labels[name] = _records(file, f"{place}: {name}", layout, spill)
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        raise DataError(
            f"cannot read {place}: {getattr(error, 'strerror', None) or error}. Fetch or copy it again."
        ) from error
    if missing := [name for name in names if name not in labels]:
        raise DataError(f"{place} has no file {missing[0]}; expected {', '.join(names)} for {split}.")
    found = list(labels)
    every = np.concatenate(list(labels.values()))
    read = Split(spill.images((len(every), 32, 32, 3)), every, name=f"{place}: {split}")
    if found == list(names):
        return read
    ends = np.cumsum([len(labels[name]) for name in found])
    rows = {name: np.arange(end - len(labels[name]), end) for name, end in zip(found, ends, strict=True)}
    return read.take(np.concatenate([rows[name] for name in names]))


def _opened(place: Path, names: Sequence[str]) -> Iterator[tuple[str, IO[bytes]]]:
    """Yield each existing file, open at its start: a folder's in the order of `names`, an archive's in its own."""
    if place.is_dir():
        for name in names:
            if (place / name).is_file():
                with (place / name).open("rb") as file:
                    yield name, file
        return
    left = set(names)
    with tarfile.open(place, "r|*", bufsize=_BUFFER) as members:  # a stream: going back means decompressing again
        for member in members:
            name = PurePosixPath(member.name).name
            if name in left and (content := members.extractfile(member)):
                left.remove(name)
                yield name, content
            if not left:
                return


def _records(file: IO[bytes], name: str, layout: Layout, spill: Spill) -> NDArray[np.int64]:
    """Add the pixels of a file to `spill` as (32, 32, 3), and return its labels, int64 (n,)."""
    size = layout.labels + _SIZE
    found, total = [np.empty(0, np.int64)], 0
    while block := file.read(max(1, disk.BLOCK // size) * size):
        total += len(block)
        if len(block) % size:
            raise DataError(
                f"{name} is truncated or in another format: {total:,} bytes are not a multiple of its records of "
                f"{size:,} bytes ({layout.labels} of labels, 32x32x3 of pixels)."
            )
        records = np.frombuffer(block, np.uint8).reshape(-1, size)
        found.append(records[:, layout.labels - 1].astype(np.int64))
        spill.add(records[:, layout.labels :].reshape(-1, *_PLANES).transpose(0, 2, 3, 1))
    return np.concatenate(found)
