"""Read MATLAB files like SVHN's: images X (height, width, channels, n) and labels y.

Format: http://ufldl.stanford.edu/housenumbers/ (format 2)
"""

import contextlib
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk, mat5
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images
from convlet.data.entry import Entry, Read
from convlet.data.labels import as_labels
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split, wrong_dtype
from convlet.errors import ConvletError, DataError
from convlet.system.extras import optional
from convlet.system.watch import Watch

_SVHN = ("train_32x32.mat", "test_32x32.mat", "extra_32x32.mat")  # whose label 10 is the digit 0
_EXPECTED = "expected uint8 images X, (height, width, 3, n) or (height, width, n), and labels y, n whole numbers"


def can_read(path: Path) -> bool:
    """Return whether the name ends in `.mat`."""
    return path.suffix.lower() == ".mat" and not path.is_dir()


def read(path: Path, _watch: Watch, _wanted: Wanted) -> Dataset:
    """Read a `.mat` with images `X` and labels `y`; `test_32x32.mat` is the test split of `train_32x32.mat` next to it.

    Raises:
        DataError: the file cannot be read, has no X and y, or their types or shapes are wrong.
        OutputError: no space for images that do not fit in memory.
    """
    rest = path.name.removeprefix("train")
    test = path.with_name(f"test{rest}")
    return make_dataset(
        path.stem,
        str(path),
        _split(path),
        (lambda: _split(test)) if rest != path.name and test.is_file() else None,
        about={"kind": "MATLAB file"},
    )


def read_entry(entry: Entry, folder: Path) -> Read:
    """Read SVHN: its archives are the files of train and test themselves.

    Raises:
        DataError, OutputError: see `read`.
    """
    train, test = (folder / archive.name for archive in entry.archives)
    return Read(_split(train), lambda: _split(test), {"folder": str(folder)})


def _split(path: Path) -> Split:
    try:
        with path.open("rb") as file:
            images, labels = _arrays(file, path)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if path.name.endswith(_SVHN):
        labels = np.where(labels == 10, 0, labels)
    return Split(images, labels, name=str(path))


def _arrays(file: BinaryIO, path: Path) -> tuple[Images, NDArray[np.int64]]:
    """Return X with its last axis first, and y, int64 (n,)."""
    matlab = optional("scipy.io", "train")
    with _naming(path):
        held = {name: (shape, kind) for name, shape, kind in matlab.whosmat(file)}
    if not {"X", "y"} <= {*held}:
        has = ", ".join(held) or "nothing"
        raise DataError(f"{path} holds {has}; {_EXPECTED}. A truncated file lacks its last arrays.")
    (*shape, count), kind = held["X"]
    if kind not in ("uint8", "double", "single", "logical") and "int" not in kind:
        raise DataError(f"{path}: X is of type {kind}; {_EXPECTED}.")
    if len(shape) not in (2, 3):
        raise DataError(f"{path}: X has the shape {(*shape, count)}; {_EXPECTED}.")

    def array(name: str) -> Any:
        with _naming(path):
            file.seek(0)
            return matlab.loadmat(file, variable_names=[name])[name]

    if kind != "uint8":
        wrong = array("X")
        raise wrong_dtype(f"{path}: X", wrong.dtype, wrong.max() if wrong.size else None)
    labels = np.ravel(array("y"))
    if labels.dtype.kind not in "biuf" or not (np.isfinite(labels) & (labels == np.rint(labels))).all():
        raise DataError(f"{path}: y does not hold whole numbers (it is of type {labels.dtype}); {_EXPECTED}.")
    one = math.prod(shape)
    spill = Spill(str(path), needed=count * one)
    with _naming(path):
        for part in mat5.values(file, "X", count * one, max(1, disk.BLOCK // max(1, one)) * one):
            # The first index varies fastest in the file, so each image is stored reversed.
            spill.add(np.frombuffer(part, np.uint8).reshape(-1, *shape[::-1]).transpose(0, *range(len(shape), 0, -1)))
    return spill.images((count, *shape)), as_labels(labels, f"{path}: y")


@contextlib.contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Raise errors that name the file."""
    try:
        yield
    except ConvletError:
        raise
    except NotImplementedError as error:  # version 7.3 is HDF5
        raise DataError(f"{path} is a MATLAB file of version 7.3. Expected version 7: save(..., '-v7').") from error
    except Exception as error:  # SciPy raises anything on a damaged file
        raise DataError(f"{path} is not a readable .mat file ({error}). Fetch or copy it again.") from error
