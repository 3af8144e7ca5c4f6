"""IDX, the format of MNIST's own files: a big-endian header (magic number, sizes), then bytes.

Format: http://yann.lecun.com/exdb/mnist/ (two zero bytes, a type code, the number of dimensions, each size as uint32).
"""

import gzip
import hashlib
import math
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from convlet.data import disk
from convlet.data.dataset import Dataset, Split, make_dataset
from convlet.data.disk import Images, ImagesOnDisk, OpenFile
from convlet.data.spill import Spill
from convlet.errors import DataError

_UINT8 = 0x08
_KINDS = {"images": (3, 4), "labels": (1,)}  # numbers of dimensions; 4 are images with channels
_PREFIXES = {"train": "train", "test": "t10k"}


@dataclass(frozen=True)
class IdxFile:
    """One file's array, and the SHA-256 of its bytes (decompressed), by which a known data set is recognised.

    Images too many for memory stay in the file, or, decompressed, in a temporary one.
    """

    array: Images
    sha256: str


def read_idx(path: Path, kind: str) -> IdxFile:
    """Read an IDX file, raw or gzip (told by its first bytes, not by its name).

    Args:
        kind: "images", (n, height, width) or (n, height, width, channels); or "labels", (n,).

    Raises:
        DataError: the file is missing, truncated, of another format, or its size differs from its header.
        OutputError: its images are too many for memory, and no space is left to decompress them into.
    """
    try:
        with path.open("rb") as raw:
            compressed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            if compressed:
                with gzip.GzipFile(fileobj=raw) as file:
                    return _parse(file, path, kind)
            return _parse(raw, path, kind)
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
    wanted = _KINDS[kind]
    if magic[:3] != bytes((0, 0, _UINT8)) or magic[3] not in wanted:
        expected = " or ".join(f"0x{_UINT8:06x}{n:02x}" for n in wanted)
        raise DataError(
            f"{path} is not an IDX file of {kind}: its magic number is 0x{magic.hex()}, expected {expected}."
        )
    header = file.read(4 * magic[3])
    if len(header) < 4 * magic[3]:
        raise DataError(f"{path} is truncated: it ends inside its header.")
    shape = struct.unpack(f">{magic[3]}I", header)
    size = math.prod(shape)
    where_it_lies = kind == "images" and size > disk.IN_MEMORY and not isinstance(file, gzip.GzipFile)
    spill = Spill(str(path), needed=size, in_memory=math.inf if kind == "labels" else None)
    digest = hashlib.sha256(magic + header)
    # One byte more than promised tells a file that is too long, without reading all of whatever follows; block by block, so that
    # a wrong promise of many gigabytes asks for no more memory than the file fills.
    found = 0
    while found <= size and (block := file.read(min(size + 1 - found, disk.BLOCK))):
        found += len(block)
        digest.update(block)
        if not where_it_lies:
            spill.add(block)
    if found != size:
        has = "has more" if found > size else f"has {found:,}: it is truncated"
        raise DataError(
            f"{path} is of the wrong size: its header promises {'x'.join(map(str, shape))} = {size:,} bytes, and it {has}. "
            "Fetch or copy it again."
        )
    if where_it_lies:
        array: Images = ImagesOnDisk(OpenFile(file.fileno(), str(path)), len(magic + header), shape)
    else:
        array = spill.images(shape)
    return IdxFile(array, digest.hexdigest())


def find_idx(folder: Path, split: str, kind: str) -> Path | None:
    """The file of a split ("train", "test") and kind ("images", "labels") in a folder, gzip or raw, or None."""
    rank = 3 if kind == "images" else 1
    for dot in ("-", "."):
        for ending in (".gz", ""):
            path = folder / f"{_PREFIXES[split]}-{kind}{dot}idx{rank}-ubyte{ending}"
            if path.is_file():
                return path
    return None


def is_idx_folder(folder: Path) -> bool:
    """Whether any of the four files lies in the folder."""
    return any(find_idx(folder, split, kind) for split in _PREFIXES for kind in _KINDS)


def require_idx(folder: Path) -> dict[tuple[str, str], Path]:
    """The four files by (split, kind).

    Raises:
        DataError: one is missing.
    """
    found = {}
    for split, prefix in _PREFIXES.items():
        for kind in _KINDS:
            path = find_idx(folder, split, kind)
            if path is None:
                rank = 3 if kind == "images" else 1
                raise DataError(
                    f"{folder} has no file {prefix}-{kind}-idx{rank}-ubyte (with or without .gz). "
                    "An IDX data set is four files: train and t10k, images and labels."
                )
            found[split, kind] = path
    return found


def read_split(files: dict[tuple[str, str], Path], split: str, hashes: dict[str, str]) -> Split:
    """Read one split, and note each file's SHA-256 in `hashes`."""
    parts: dict[str, Any] = {}
    for kind in _KINDS:
        path = files[split, kind]
        file = read_idx(path, kind)
        hashes[path.name] = file.sha256
        parts[kind] = file.array
    return Split(**parts, name=str(files[split, "images"].parent / _PREFIXES[split]))


def read_folder(folder: Path) -> Dataset:
    """A data set of one's own in MNIST's four files.

    Raises:
        DataError: see `read_idx`; or images and labels of different counts.
    """
    files = require_idx(folder)
    hashes: dict[str, str] = {}
    train = read_split(files, "train", hashes)
    about = {"form": "IDX files", "files": hashes}
    return make_dataset(folder.name, str(folder), train, lambda: read_split(files, "test", hashes), about=about)
