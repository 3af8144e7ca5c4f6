"""IDX, the format of MNIST's files: a big-endian header (magic number, sizes), then bytes.

Format: http://yann.lecun.com/exdb/mnist/ (two zero bytes, a type code, the number of dimensions, each size as uint32).
"""

import gzip
import hashlib
import math
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, NamedTuple

from convlet.data import disk
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.data.entry import Entry, Read
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch

_UINT8 = 0x08
_KINDS = {"images": (3, 4), "labels": (1,)}  # numbers of dimensions; 4 are images with channels
_PREFIXES = {"train": "train", "test": "t10k"}


def can_read(path: Path) -> bool:
    """Return whether any of the four files is in a folder."""
    return any(_find(path, split, kind) for split in _PREFIXES for kind in _KINDS)


def read(folder: Path, _watch: Watch, _wanted: Wanted) -> Dataset:
    """Read a data set of the user's own in MNIST's four files.

    Raises:
        DataError: see `read_idx`; or images and labels of different counts.
    """
    train, open_test, hashes = _read_folder(folder)
    return make_dataset(folder.name, str(folder), train, open_test, about={"kind": "IDX files", "files": hashes})


def read_entry(entry: Entry, folder: Path) -> Read:
    """Read a named set of MNIST's four files; `about` gets each file's SHA-256 when it is read."""
    train, open_test, hashes = _read_folder(folder)
    published = {archive.name.removesuffix(".gz"): archive.content_sha256 for archive in entry.archives}
    return Read(train, open_test, {"folder": str(folder), "files": hashes, "published": published})


class IdxFile(NamedTuple):
    """One file's array, and the SHA-256 of its (decompressed) bytes, which identifies a known data set.

    Images too many for memory stay in the file or, decompressed, in a temporary one.
    """

    array: Images
    sha256: str


def read_idx(path: Path, kind: str) -> IdxFile:
    """Read an IDX file, raw or gzip (told by its first bytes, not by its name).

    Args:
        path: the file.
        kind: "images", (n, height, width) or (n, height, width, channels); or "labels", (n,).

    Raises:
        DataError: the file is missing, truncated, of another format, or its size differs from its header.
        OutputError: no space to decompress images too many for memory.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            return _parse(gzip.GzipFile(fileobj=raw) if compressed else raw, path, kind)
    except EOFError as error:
        raise DataError(f"{path} is truncated: its gzip stream ends too early. Fetch or copy it again.") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is damaged: {error}. Fetch or copy it again.") from error
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error


def _parse(file: IO[bytes] | gzip.GzipFile, path: Path, kind: str) -> IdxFile:
    magic = file.read(4)
    if len(magic) < 4:
        raise DataError(f"{path} is truncated: {len(magic)} bytes, but an IDX file starts with a header of at least 8.")
    wanted = [bytes((0, 0, _UINT8, ranks)) for ranks in _KINDS[kind]]
    if magic not in wanted:
        expected = " or ".join(f"0x{one.hex()}" for one in wanted)
        raise DataError(
            f"{path} is not an IDX file of {kind}: its magic number is 0x{magic.hex()}, expected {expected}."
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{path} is truncated: it ends inside its header.")
    shape = struct.unpack(f">{magic[3]}I", header)
    size = math.prod(shape)
    in_place = kind == "images" and size > disk.IN_MEMORY and not isinstance(file, gzip.GzipFile)
    spill = Spill(str(path), needed=size, in_memory=math.inf if kind == "labels" else None)
    digest = hashlib.sha256(magic + header)
    # One byte more than promised shows that a file is too long; blocks bound the memory a wrong promise takes.
    found = 0
    while found <= size and (block := file.read(min(size + 1 - found, disk.BLOCK))):
        found += len(block)
        digest.update(block)
        if not in_place:
            spill.add(block)
    if found != size:
        has = "has more" if found > size else f"has {found:,}: it is truncated"
        raise DataError(
            f"{path} is of the wrong size: its header promises {'x'.join(map(str, shape))} = {size:,} bytes, and it "
            f"{has}. Fetch or copy it again."
        )
    at = len(magic + header)
    array = ImagesOnDisk(OpenFile(file.fileno(), str(path)), at, shape) if in_place else spill.images(shape)
    return IdxFile(array, digest.hexdigest())


def _find(folder: Path, split: str, kind: str) -> Path | None:
    """Return the file of a split ("train", "test") and kind ("images", "labels"), gzip or raw, or None."""
    stem, rest = f"{_PREFIXES[split]}-{kind}", f"idx{_KINDS[kind][0]}-ubyte"
    paths = (folder / f"{stem}{dot}{rest}{ending}" for dot in "-." for ending in (".gz", ""))
    return next((path for path in paths if path.is_file()), None)


def _read_folder(folder: Path) -> tuple[Split, Callable[[], Split], dict[str, str]]:
    """Return the training split, a function that reads the test split, and the SHA-256 of each file read so far."""
    files = {}
    for split, prefix in _PREFIXES.items():
        for kind, (rank, *_) in _KINDS.items():
            path = _find(folder, split, kind)
            if path is None:
                raise DataError(
                    f"{folder} has no file {prefix}-{kind}-idx{rank}-ubyte (with or without .gz). "
                    "An IDX data set is four files: train and t10k, images and labels."
                )
            files[split, kind] = path
    hashes: dict[str, str] = {}

    def read_split(split: str) -> Split:
        parts: dict[str, Any] = {}
        for kind in _KINDS:
            path = files[split, kind]
            parts[kind], hashes[path.name] = read_idx(path, kind)
        return Split(**parts, name=str(folder / _PREFIXES[split]))

    return read_split("train"), lambda: read_split("test"), hashes
