"""`load`: a name or a path to a Dataset."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np

from convlet.data.catalog import CATALOG, DIGITS, Entry
from convlet.data.csv import read_csv
from convlet.data.dataset import Dataset, Split, cut, make_dataset
from convlet.data.download import DownloadProgress, fetch
from convlet.data.encoded import OnRead
from convlet.data.folder import read_class_folders
from convlet.data.idx import is_idx_folder, read_folder, read_split, require_idx
from convlet.data.npz import read_npz
from convlet.data.shards import read_shards, shards_in
from convlet.errors import DataError
from convlet.system.files import user_path


def load(
    source: str | Path,
    data_dir: str | Path | None = None,
    *,
    progress: DownloadProgress | None = None,
    reading: OnRead | None = None,
) -> Dataset:
    """Load a data set.

    Args:
        source: a name of the catalogue ("mnist", "digits", "fashion-mnist"), an `.npz` or `.csv` file, a folder with MNIST's four
            IDX files, a folder with a folder per class, or a folder of `.tar` or `.npz` shards. A name wins over a path: write "./mnist" for a folder called so.
        data_dir: a folder with a folder per downloaded set, looked into first; the default is the environment's `CONVLET_DATA`.
            What is not there is taken from the user's cache, and downloaded into it where missing.
        progress: called with (file name, bytes so far, bytes in all) while a file is downloaded.
        reading: called with (folder or split, images so far, images in all) while image files are decoded.

    Returns:
        A Dataset: images uint8 (n, height, width, channels), labels int64 (n,).

    Raises:
        DataError: no such data set, or its files cannot be used.
        DownloadError: it is not on this machine and could not be fetched.
    """
    if str(source) == DIGITS.name:
        return _digits()
    if str(source) in CATALOG:
        return _named(CATALOG[str(source)], data_dir, progress)
    try:
        path = Path(source).expanduser().absolute()
        there = source != "" and path.exists()
    except (OSError, RuntimeError) as error:  # a folder that may not be entered, a name too long, the home of nobody
        raise DataError(
            f"cannot read {source}: {str(getattr(error, 'strerror', None) or error).rstrip('.')}."
        ) from error
    if not there:
        raise DataError(
            f"there is no data set {str(source)!r}: neither a name ({', '.join(CATALOG)}) nor a file or folder. See: convlet data list"
        )
    return _read_folder(path, reading) if path.is_dir() else _reader(path)(path)


def _read_folder(path: Path, reading: OnRead | None) -> Dataset:
    if is_idx_folder(path):
        return read_folder(path)
    shards = shards_in(path)
    return read_shards(path, shards, reading) if shards else read_class_folders(path, reading)


def _reader(path: Path) -> Callable[[Path], Dataset]:
    readers: dict[str, Callable[[Path], Dataset]] = {".npz": read_npz, ".csv": read_csv}
    if path.suffix.lower() not in readers:
        raise DataError(
            f"{path} is of no form that convlet reads: expected .npz, .csv, or a folder of IDX files, of class folders or of shards."
        )
    return readers[path.suffix.lower()]


def local_folder(entry: Entry, data_dir: str | Path | None) -> Path | None:
    """The folder of a named set under `data_dir` or `CONVLET_DATA`, if it holds any of its files."""
    base = data_dir or os.environ.get("CONVLET_DATA")
    if data_dir is not None and not user_path(data_dir).is_dir():
        raise DataError(f"the data folder {data_dir} (--data-dir) is not a folder.")
    folder = user_path(base) / entry.name if base else None
    return folder if folder is not None and is_idx_folder(folder) else None


def _named(entry: Entry, data_dir: str | Path | None, progress: DownloadProgress | None) -> Dataset:
    local = local_folder(entry, data_dir)
    folder = local or fetch(entry, progress)
    files = require_idx(folder)
    hashes: dict[str, str] = {}
    about = {
        "title": entry.title,
        "licence": entry.licence,
        "citation": entry.citation,
        "folder": str(folder),
        "files": hashes,
        "published": {archive.name.removesuffix(".gz"): archive.content_sha256 for archive in entry.archives},
    }
    train = read_split(files, "train", hashes)
    return make_dataset(
        entry.name,
        entry.name,
        train,
        lambda: read_split(files, "test", hashes),
        class_names=entry.class_names,
        about=about,
        data_dir=str(local.parent.absolute()) if local else None,
    )


def _digits() -> Dataset:
    from sklearn.datasets import load_digits

    raw = load_digits()
    images = np.rint(raw.images * (255 / 16)).astype(np.uint8)  # its ink has 17 levels, 0 to 16
    train, test = cut(Split(images, raw.target, name=DIGITS.name), DIGITS.test / len(images))
    about = {
        "title": DIGITS.title,
        "licence": DIGITS.licence,
        "citation": DIGITS.citation,
        "folder": "embedded in scikit-learn",
    }
    return make_dataset(DIGITS.name, DIGITS.name, train, lambda: test, class_names=DIGITS.class_names, about=about)
