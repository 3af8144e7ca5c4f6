"""Explain what an archive or folder without class folders holds, and what to do with it."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from convlet.data.columns import LINES, TABLES
from convlet.data.kinds import PICKLED
from convlet.data.roles import labels_of, role
from convlet.errors import DataError, MissingReaderError
from convlet.reading.image_file import heif_advice, is_heif

_SHOWN = 3  # names
CIFAR_PICKLES = re.compile(r"data_batch_\d|test_batch|batches\.meta")


_PICKLES = "pickled files"
_SAMPLES = "samples of a shard"


class _Kind(NamedTuple):
    """Files in one format: what people call them, what their names match, and whether their folder can be loaded."""

    words: str
    names: re.Pattern[str]
    folder: bool


_LISTS = re.compile(rf".*({'|'.join(map(re.escape, (*TABLES, *LINES)))})", re.IGNORECASE)
_KINDS = tuple(
    _Kind(words, re.compile(names, re.IGNORECASE), folder)
    for words, names, folder in (
        ("IDX files", r".*(images-idx3|labels-idx[12])-ubyte(\.gz)?", True),
        ("Parquet files", r".*\.parquet", True),
        ("CIFAR's binary files", r"(data_batch_\d|test_batch|train|test)\.bin", True),
        ("tar shards", r".*\.tar", True),
        (_SAMPLES, r".*\.cls", True),
        (".npy files", r".*\.npy", True),
        (_PICKLES, rf"{CIFAR_PICKLES.pattern}|.*\.(pkl|pickle)(\.gz)?", True),
        ("an .npz file", r".*\.npz", False),
        ("a .mat file", r".*\.mat", False),
        ("an archive", r".*\.(zip|tgz|tar\.(gz|bz2|xz))", False),
        ("a table", _LISTS.pattern, False),
    )
)


def refusal(path: Path, stem: str, files: Sequence[str]) -> DataError:
    """Return why an archive without images cannot be read, and what to do.

    Args:
        path: the archive.
        stem: its name without the suffix.
        files: its content, by path.
    """
    if told := _told(files):
        kind, found, inside = told
        if kind.words == _PICKLES:
            return DataError(f"{path} holds {kind.words} ({_shown(found)}). {PICKLED}.")
        return _in_another_format(path, stem, kind.words, found, inside)
    names = ", ".join(files[:_SHOWN])
    if any(map(is_heif, files)):
        return MissingReaderError(f"{path} holds no images that can be read here, but {names}. {heif_advice()}")
    return DataError(
        f"{path} holds no images{f' but {names}' if names else ''}. Expected {stem}/cat/1.png, "
        f"{stem}/dog/2.png, ...; unpack an archive of another kind and give the folder or file in it."
    )


def advice(where: str, files: Sequence[str]) -> str:
    """Return what to do with a folder of files in another format; "" if it has none.

    Args:
        where: the folder.
        files: its content, with subfolders, by path.
    """
    told = _told(files)
    if not told:
        return ""
    kind, found, inside = told
    if kind.words == _PICKLES:
        return f" It holds {kind.words} ({_shown(found)}). {PICKLED}."
    if kind.words == _SAMPLES:
        return f" It holds {kind.words} ({_shown(found)}): give the folder that contains it."
    if kind.words == ".npy files" and (lacking := _without_labels(found)):
        return f" It holds {kind.words} ({_shown(found)}), and {lacking} with their labels is missing."
    if not kind.folder:
        inside = _best(found)
    return f" It holds {kind.words} ({_shown(found)})" + (f": give {where}/{inside}." if inside else ".")


def _without_labels(found: Sequence[str]) -> str:
    """Return the file that the labels of some images in `.npy` files should have; "" if they have, or are none."""
    names = [Path(file).stem for file in found]
    told = [(name, role(name)) for name in names]
    images = next((name for name, kind in told if kind and kind[1] == "images"), "")
    if not images or any(kind and kind[1] == "labels" for _, kind in told):
        return ""
    return f"{labels_of(images)}.npy"


def _told(files: Sequence[str]) -> tuple[_Kind, list[str], str] | None:
    """Return the format of some files, the files in that format, and the file or folder to give."""
    for kind in _KINDS:
        found = [file for file in files if kind.names.fullmatch(file.rpartition("/")[2])]
        if found:
            first = _best(found)
            whole = kind.folder or (len(found) > 1 and kind.words != "a table")
            return kind, found, first.rpartition("/")[0] if whole else first
    return None


def listed(path: Path, stem: str, files: Iterable[str]) -> DataError | None:
    """Return why an archive of images with a list of labels, but no class folders, cannot be read; None without a list.

    Arguments: see `refusal`.
    """
    found = [file for file in files if _LISTS.fullmatch(file)]
    if not found:
        return None
    return _in_another_format(path, stem, "images and a list of them", found, _best(found))


def _best(files: Sequence[str]) -> str:
    """Return the file named as training, if there is one, else the first."""
    return next((file for file in files if re.search(r"train|labels", file.rpartition("/")[2].lower())), files[0])


def _in_another_format(path: Path, stem: str, words: str, found: Sequence[str], inside: str) -> DataError:
    unpack = f"unzip {path.name} -d {stem}" if path.suffix.lower() == ".zip" else f"tar xf {path.name} -C {stem}"
    return DataError(
        f"{path} holds {words} ({_shown(found)}). In archives convlet reads only class folders of images. Unpack "
        f"this one: {unpack}, then give {stem}{f'/{inside}' if inside else ''}."
    )


def _shown(found: Sequence[str]) -> str:
    return ", ".join(found[:_SHOWN]) + (", ..." if len(found) > _SHOWN else "")
