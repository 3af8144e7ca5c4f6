"""Files for the tests of the data room: small data sets in every format, and the check that a bad one is refused."""

import gzip
import io
import struct
import tarfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from PIL import Image

from convlet.errors import DataError
from tests.images import encoded


class Pictures(NamedTuple):
    """Images and the number of each one's class."""

    images: np.ndarray
    labels: np.ndarray


def pictures(counts: Sequence[int], seed: int, side: int = 6) -> Pictures:
    """Random gray images, `counts[i]` of class i, in random order; no two are alike."""
    random = np.random.default_rng(seed)
    labels = random.permutation(np.repeat(np.arange(len(counts)), counts))
    return Pictures(random.integers(0, 256, (len(labels), side, side), dtype=np.uint8), labels)


TRAIN = pictures((20, 13, 7), seed=1)
TEST = pictures((5, 4, 3), seed=2)
IDX_NAMES = tuple(f"{split}-{kind}-ubyte" for split in ("train", "t10k") for kind in ("images-idx3", "labels-idx1"))


def idx(array: np.ndarray, magic: bytes | None = None) -> bytes:
    """An array as an IDX file."""
    array = np.asarray(array, dtype=np.uint8)
    return (magic or bytes((0, 0, 8, array.ndim))) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def idx_files(train: Pictures = TRAIN, test: Pictures = TEST) -> dict[str, bytes]:
    """MNIST's four files by name, raw."""
    return dict(zip(IDX_NAMES, map(idx, (*train, *test)), strict=True))


def write_idx_folder(folder: Path, train: Pictures = TRAIN, test: Pictures = TEST, *, compress: bool = False) -> Path:
    """MNIST's four files in a folder, raw or gzip."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in idx_files(train, test).items():
        (folder / (f"{name}.gz" if compress else name)).write_bytes(gzip.compress(data, mtime=0) if compress else data)
    return folder


def write_long_idx_folder(folder: Path, count: int, *, compress: bool = False) -> Path:
    """MNIST's four files with `count` training images, the same thousand repeated, and a hundredth of that to test."""
    folder.mkdir(parents=True, exist_ok=True)
    images = np.random.default_rng(0).integers(0, 4, (1_000, 28, 28), dtype=np.uint8) * 85
    for prefix, size in (("train", count), ("t10k", count // 100)):
        for kind, body in (("images-idx3", images), ("labels-idx1", np.arange(1_000, dtype=np.uint8) % 10)):
            shape = (size, *body.shape[1:])
            header = bytes((0, 0, 8, len(shape))) + struct.pack(f">{len(shape)}I", *shape)
            # A gzip file may be several, one behind the other: each piece is compressed once.
            head, thousand, rest = (
                gzip.compress(piece, 1) if compress else piece
                for piece in (header, body.tobytes(), body[: size % 1_000].tobytes())
            )
            with (folder / f"{prefix}-{kind}-ubyte").open("wb") as file:
                file.writelines([head, *repeat(thousand, size // 1_000), rest])
    return folder


def csv(pixels: Pictures, header: bool = True) -> str:
    """Kaggle's form."""
    flat = pixels.images.reshape(len(pixels.labels), -1)
    lines = [",".join(map(str, (label, *row))) for label, row in zip(pixels.labels, flat, strict=True)]
    names = ",".join(["label", *(f"pixel{i}" for i in range(flat.shape[1]))])
    return "\n".join([names, *lines] if header else lines) + "\n"


def write_class_folders(folder: Path, given: Pictures, names: Sequence[str]) -> Path:
    """A folder per class, a PNG per image."""
    for place, (image, label) in enumerate(zip(*given, strict=True)):
        save(Image.fromarray(image), folder / names[label] / f"{place}.png")
    return folder


def write_photographs(folder: Path, sizes: Sequence[tuple[int, int]]) -> Path:
    """Class folders of colored noise, ant and bee, each with an image of every (width, height)."""
    random = np.random.default_rng(7)
    for name in ("ant", "bee"):
        for number, (width, height) in enumerate(sizes):
            pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
            save(Image.fromarray(pixels), folder / name / f"{number}.png")
    return folder


def write_tar(path: Path, files: Iterable[tuple[str, bytes]], kind: int = tarfile.PAX_FORMAT) -> Path:
    """A tar archive of these files in this order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w", format=kind) as archive:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def samples(given: Pictures, names: Sequence[str], first: int = 0) -> list[tuple[str, bytes]]:
    """The files of a tar shard: KEY.png and KEY.cls for each image."""
    pairs = enumerate(zip(*given, strict=True), first)
    return [
        file
        for key, (image, label) in pairs
        for file in ((f"{key:04d}.png", encoded(image)), (f"{key:04d}.cls", names[label].encode()))
    ]


def save(image: Image.Image, path: Path, **options: object) -> Path:
    """Save an image, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path, **options)
    return path


def png(width: int, height: int, *, depth: int = 8, colour: int = 0, rows: bytes = b"") -> bytes:
    """A PNG file by hand: any size in the header, whatever is (or is not) behind it."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def contents(images: np.ndarray, labels: np.ndarray, names: Sequence[str]) -> Counter[tuple[bytes, str]]:
    """How often each image occurs with each class name, in any order."""
    return Counter((image.tobytes(), names[label]) for image, label in zip(images, labels, strict=True))


def assert_refused(action: Callable[[], object], *words: object) -> None:
    """`action` raises DataError (exit status 3), and its message contains each of `words`."""
    with pytest.raises(DataError) as caught:
        action()
    assert caught.type is DataError
    assert caught.value.exit_status == 3
    message = str(caught.value)
    assert [word for word in map(str, words) if word not in message] == [], message
