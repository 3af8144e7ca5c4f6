"""Read IDX, the format of MNIST's files: a big-endian header (magic number, sizes), then bytes.

Format: http://yann.lecun.com/exdb/mnist/ (two zero bytes, a type code, the number of dimensions, each size as uint32).
"""

import gzip
import hashlib
import io
import math
import re
import struct
import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, NamedTuple

import numpy as np

from convlet.data import disk
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.data.entry import Entry, Read
from convlet.data.mapping import read_mapping
from convlet.data.pixels import as_images, raw_of, scale_of
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.data.turn import transposed
from convlet.errors import DataError
from convlet.system.watch import Watch

_UINT8, _INT32 = 0x08, 0x0C
# Types and numbers of dimensions: images with 4 have channels; labels with 2 are QMNIST's, the class in column 0.
_KINDS = {"images": ((_UINT8, 3), (_UINT8, 4)), "labels": ((_UINT8, 1), (_INT32, 2))}
_NAMES = ("train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte")


_FILE = re.compile(r"(.*)(train|t10k|test)-(images-idx3|labels-idx[12])-ubyte")


def can_read(path: Path) -> bool:
    """Return whether any of the four files is in a folder or its subfolder `raw`, or the path is one of them."""
    return bool(_sets(path) or _sets(path / "raw"))


def read(path: Path, watch: Watch, _wanted: Wanted) -> Dataset:
    """Read the user's own data set in MNIST's four files, also with EMNIST's and torchvision's names.

    If both test files are missing, a fifth of train is held out.

    Images in files named after EMNIST are stored with rows and columns swapped, and are turned upright. EMNIST's file
    `NAME-mapping.txt` next to them names the classes.

    Args:
        path: the folder, the one above its folder `raw`, or one of the files if a folder holds several sets.
        watch: reports what is done to the pixels, if anything.

    Raises:
        DataError: see `read_idx` and `scale_of`; different numbers of images and labels; files of several sets, or a
            mapping that does not fit the labels.
    """
    place = path if _sets(path) else path / "raw"  # where torchvision keeps them
    sets = _sets(place)
    if len(sets) > 1:
        files = [f"{prefix}{_NAMES[0]}" for prefix in sorted(sets)]
        raise DataError(f"{place} holds several sets. Give a file from the one to read: {', '.join(files)}.")
    ((prefix, test),) = sets.items()
    folder = place if place.is_dir() else place.parent
    names = [prefix + name.replace("t10k", test) for name in _NAMES]
    train_only = not any(find(folder, name) for name in names[2:])
    train, open_test, hashes = _read_folder(folder, names[:2] if train_only else names)
    raw = raw_of(train.images)
    scale = scale_of(raw, train.name, watch)
    upright = upright_of(prefix, train.name, watch)
    mapping = read_mapping(folder / f"{prefix}mapping.txt")

    def brought(split: Split) -> Split:
        images = upright(as_images(raw_of(split.images), scale, split.name))
        return replace(split, images=images, labels=split.labels if mapping is None else mapping.numbers(split))

    about = {"kind": "IDX files", "files": hashes}
    name = path.name if path.is_dir() else prefix.strip("-_.") or folder.name
    classes = None if mapping is None else mapping.names
    tested = None if train_only else lambda: brought(open_test())
    return make_dataset(name, str(path), brought(train), tested, class_names=classes, about=about, white=scale.white)


def upright_of(named: str, name: str, watch: Watch) -> Callable[[Images], Images]:
    """Return the function that turns images upright: `transposed` for data named after EMNIST; others stay.

    `watch` reports it; `name` is the images' name for errors.
    """
    if "emnist" not in named.lower():
        return lambda images: images
    watch.on_note(f"{name}: EMNIST's images are stored with rows and columns swapped; they are turned upright.")
    return lambda images: transposed(images, name)


def _sets(path: Path) -> dict[str, str]:
    """Return the prefixes of the names in a folder, each with the word for its test split; for a file only its own."""
    found: dict[str, str] = {}
    folder = path if path.is_dir() else path.parent
    if folder.is_dir() and (folder == path or path.is_file()):
        for file in folder.iterdir():
            if told := _told(file):
                test = found.get(told[1], "t10k")
                found[told[1]] = told[2] if told[2] == "test" else test
    if folder == path:
        return found
    told = _told(path)
    return {told[1]: found[told[1]]} if told and told[1] in found else {}


def _told(file: Path) -> re.Match[str] | None:
    return _FILE.fullmatch(file.name.removesuffix(".gz").replace(".idx", "-idx"))


def read_entry(entry: Entry, folder: Path) -> Read:
    """Read a named set in four files: images and labels of train, then of test.

    `about` gets each file's SHA-256 when it is read.
    """
    train, open_test, hashes = _read_folder(folder, [archive.name.removesuffix(".gz") for archive in entry.archives])
    published = {archive.name.removesuffix(".gz"): archive.content_sha256 for archive in entry.archives}
    return Read(train, open_test, {"folder": str(folder), "files": hashes, "published": published})


class IdxFile(NamedTuple):
    """One file's array, and the SHA-256 of its (decompressed) bytes, which identifies a known data set.

    Images that do not fit in memory stay in the file or, decompressed, in a temporary one.
    """

    array: Images
    sha256: str


def read_idx(path: Path, kind: str) -> IdxFile:
    """Read an IDX file, raw or gzip (recognized by its first bytes, not its name).

    Args:
        path: the file.
        kind: "images", (n, height, width) or (n, height, width, channels); or "labels", (n,).

    Raises:
        DataError: the file is missing, truncated, in another format, or its size differs from its header.
        OutputError: no space to decompress images that do not fit in memory.
    """
    try:
        with path.open("rb") as raw:
            return read_open(raw, str(path), kind)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def read_idx_images(path: Path, watch: Watch) -> Images:
    """Read the images of an IDX file like a data set's; `watch` reports what is done to the pixels, if anything."""
    raw = raw_of(read_idx(path, "images").array)
    return upright_of(path.name, str(path), watch)(as_images(raw, scale_of(raw, str(path), watch), str(path)))


def read_open(raw: IO[bytes], name: str, kind: str) -> IdxFile:
    """Read an IDX file that is open at its start, possibly in an archive; else like `read_idx`."""
    try:
        compressed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        return _parse(gzip.GzipFile(fileobj=raw) if compressed else raw, name, kind)
    except EOFError as error:
        raise DataError(f"{name} is truncated: its gzip stream ends early. Fetch or copy it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{name} is damaged: {error}. Fetch or copy it again.") from error


def find(folder: Path, name: str) -> Path | None:
    """Return the file called NAME in a folder, gzip or raw, also with torchvision's "." before "idx"; or None.

    It may be in a folder of the same name, the way Kaggle packs them.
    """
    names = [spelled + ending for spelled in (name, name.replace("-idx", ".idx")) for ending in (".gz", "")]
    paths = [folder / one for one in names] + [folder / one / one for one in names]
    return next((path for path in paths if path.is_file()), None)


def _parse(file: IO[bytes] | gzip.GzipFile, name: str, kind: str) -> IdxFile:
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"{name} is truncated: {len(magic)} bytes, but an IDX file starts with a header of at least 8.")
    wanted = [bytes((0, 0, *one)) for one in _KINDS[kind]]
    if magic not in wanted:
        expected = " or ".join(f"0x{one.hex()}" for one in wanted)
        raise DataError(
            f"{name} is not an IDX file of {kind}: its magic number is 0x{magic.hex()}, expected {expected}."
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{name} is truncated: it ends inside its header.")
    shape = struct.unpack(f">{magic[3]}I", header)
    size = math.prod(shape) * (1 if magic[2] == _UINT8 else 4)
    in_place = kind == "images" and size > disk.IN_MEMORY and isinstance(file, io.BufferedReader)
    spill = Spill(name, needed=size, in_memory=math.inf if kind == "labels" else None)
    digest = hashlib.sha256(magic + header)
    # One byte more than promised shows that a file is too long; blocks limit the memory that a wrong promise takes.
    found = 0
    while found <= size and (block := file.read(min(size + 1 - found, disk.BLOCK))):
        found += len(block)
        digest.update(block)
        if not in_place:
            spill.add(block)
    if found != size:
        has = "has more" if found > size else f"has {found:,}: it is truncated"
        raise DataError(
            f"{name} has the wrong size: its header promises {'x'.join(map(str, shape))} = {size:,} bytes, but it "
            f"{has}. Fetch or copy it again."
        )
    array: Any
    if in_place:
        array = ImagesOnDisk(OpenFile(file.fileno(), name), len(magic + header), shape)
    elif magic[2] == _UINT8:
        array = spill.images(shape)
    else:
        array = np.asarray(spill.images((size,))).view(">i4").reshape(shape)[:, 0]
    return IdxFile(array, digest.hexdigest())


def _read_folder(folder: Path, names: Sequence[str]) -> tuple[Split, Callable[[], Split], dict[str, str]]:
    """Return the training split, a function that reads the test split, and the SHA-256 of each file read so far."""
    paths = []
    for name in names:
        path = find(folder, name)
        if path is None:
            raise DataError(
                f"{folder} has no file {name} (with or without .gz). "
                "An IDX data set has images and labels for train, and both or neither for test."
            )
        paths.append(path)
    hashes: dict[str, str] = {}

    def read_split(place: int) -> Split:
        parts: dict[str, Any] = {}
        for kind, path in zip(_KINDS, paths[place : place + 2], strict=True):
            parts[kind], hashes[path.name] = read_idx(path, kind)
        return Split(**parts, name=str(folder / names[place].partition("-images")[0]))

    return read_split(0), lambda: read_split(2), hashes
