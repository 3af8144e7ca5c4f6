"""Data sets of pictures to measure on, made as folders of files from CONVLET_DATA: the same whenever they are made."""

import io
import os
import sys
import tarfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.idx import read_idx, read_idx_images
from convlet.system.watch import Watch

_TILES = ("across", "down", "slanted", "checkers", "dots", "rings")


class Files(NamedTuple):
    """A file of one class: its bytes and the end of its name."""

    label: str
    data: bytes
    suffix: str


def make(name: str, folder: Path) -> Path:
    """Write a set's files below `folder`; return what to train on."""
    train, test = SETS[name]()
    for split, files in (("train", train), ("test", test)):
        for number, file in enumerate(files):
            path = folder / split / file.label / f"{number:05}{file.suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(file.data)
    return folder


def _cifar(train: int, test: int) -> tuple[list[Files], list[Files]]:
    """So many images of each of CIFAR-10's classes."""
    return _drawn("cifar10/train.tar", train), _drawn("cifar10/test.tar", test)


def _shapes() -> tuple[list[Files], list[Files]]:
    """Every drawing; those of test are by people who drew none of train."""
    return list(_members("shapes/train.tar")), list(_members("shapes/test.tar"))


def _hands(train: int | None = None) -> tuple[list[Files], list[Files]]:
    """Photographs of hands; every fifth of each class is for test."""
    by_class = _by_class(_members("sign-digits/images.tar"))
    test = [file for files in by_class.values() for file in files[::5]]
    kept = [[file for number, file in enumerate(files) if number % 5] for files in by_class.values()]
    return [file for files in kept for file in files[:train]], test


def _twelve() -> tuple[list[Files], list[Files]]:
    """Four photographs of each of three signs."""
    train, test = _hands(4)
    return [file for file in train if file.label in "059"], [file for file in test if file.label in "059"]


def _mixed() -> tuple[list[Files], list[Files]]:
    """Parts of 32 and 8 photographs of each of four classes, of 60 to 400 pixels a side."""
    random = np.random.default_rng(4)
    classes = ("airplane", "automobile", "frog", "horse")

    def cut(files: Iterable[Files]) -> list[Files]:
        return [Files(file.label, _cut(file.data, random), ".jpg") for file in files if file.label in classes]

    return cut(_drawn("cifar10/train.tar", 32)), cut(_drawn("cifar10/test.tar", 8))


def _rare() -> tuple[list[Files], list[Files]]:
    """160 and 8 photographs of two classes, and 40 of each for test."""
    train = [file for file in _drawn("cifar10/train.tar", 160) if file.label in ("automobile", "horse")]
    rare = [file for file in train if file.label == "horse"][:8]
    test = [file for file in _drawn("cifar10/test.tar", 40) if file.label in ("automobile", "horse")]
    return [file for file in train if file.label != "horse"] + rare, test


def _tiles() -> tuple[list[Files], list[Files]]:
    """160 and 40 tiles of each of six patterns, in colors, scales and noise of their own."""
    random = np.random.default_rng(6)
    return tuple(  # type: ignore[return-value]
        [Files(kind, _png(_tile(kind, random)), ".png") for kind in _TILES for _ in range(count)] for count in (160, 40)
    )


def _letters() -> tuple[list[Files], list[Files]]:
    """Gray letters of many type faces, 28x28."""
    images = np.asarray(read_idx_images(_data() / "notmnist" / "t10k-images-idx3-ubyte.gz", Watch())[:])
    labels = read_idx(_data() / "notmnist" / "t10k-labels-idx1-ubyte.gz", "labels").array[:]
    files = [
        Files("abcdefghij"[label], _png(image.squeeze()), ".png") for image, label in zip(images, labels, strict=True)
    ]
    return files[::2], files[1::4]


SETS: dict[str, Callable[[], tuple[list[Files], list[Files]]]] = {
    "cifar-50000": lambda: _cifar(5000, 1000),
    "cifar-10000": lambda: _cifar(1000, 200),
    "cifar-500": lambda: _cifar(50, 200),
    "sign-digits": _hands,
    "shapes": _shapes,
    "tiles": _tiles,
    "letters": _letters,
    "mixed-sizes": _mixed,
    "one-to-twenty": _rare,
    "twelve-images": _twelve,
}


def _data() -> Path:
    folder = os.environ.get("CONVLET_DATA")
    if not folder:
        sys.exit("CONVLET_DATA is not set: it names the folder with cifar10/, sign-digits/, shapes/ and notmnist/.")
    return Path(folder)


def _members(name: str) -> Iterator[Files]:
    with tarfile.open(_data() / name) as tar:
        for member in sorted((found for found in tar if found.isfile()), key=lambda found: found.name):
            read = tar.extractfile(member)
            assert read is not None  # noqa: S101  a file
            path = Path(member.name)
            yield Files(path.parent.name, read.read(), path.suffix)


def _by_class(files: Iterable[Files]) -> dict[str, list[Files]]:
    found: dict[str, list[Files]] = {}
    for file in files:
        found.setdefault(file.label, []).append(file)
    return found


def _drawn(name: str, count: int) -> list[Files]:
    """So many of each class, drawn with one seed."""
    random = np.random.default_rng(0)
    drawn = []
    for files in _by_class(_members(name)).values():
        drawn += [files[row] for row in random.permutation(len(files))[:count]]
    return drawn


def _cut(data: bytes, random: np.random.Generator) -> bytes:
    with Image.open(io.BytesIO(data)) as image:
        sides = random.integers(22, 33, 2)
        left, top = (int(random.integers(0, 33 - side)) for side in sides)
        part = image.convert("RGB").crop((left, top, left + int(sides[0]), top + int(sides[1])))
        scale = float(random.uniform(2.8, 12))
        large = part.resize((round(sides[0] * scale), round(sides[1] * scale)), Image.Resampling.BICUBIC)
    kept = io.BytesIO()
    large.save(kept, "JPEG", quality=88)
    return kept.getvalue()


def _tile(kind: str, random: np.random.Generator) -> NDArray[np.uint8]:
    y, x = np.mgrid[:32, :32] + random.uniform(0, 32, (2, 1, 1))
    period = random.uniform(4, 11)
    waves = {
        "across": np.sin(2 * np.pi * y / period),
        "down": np.sin(2 * np.pi * x / period),
        "slanted": np.sin(2 * np.pi * (x + y) / period / 1.4),
        "checkers": np.sign(np.sin(2 * np.pi * x / period) * np.sin(2 * np.pi * y / period)),
        "dots": np.where(np.sin(2 * np.pi * x / period) + np.sin(2 * np.pi * y / period) > 1, 1.0, -1.0),
        "rings": np.sin(2 * np.pi * np.hypot(x - x.mean(), y - y.mean()) / period),
    }
    share = (waves[kind][..., np.newaxis] + 1) / 2
    ground, pattern = random.uniform(0, 255, (2, 3))
    mixed = ground * (1 - share) + pattern * share + random.normal(0, random.uniform(10, 60), (32, 32, 3))
    tile: NDArray[np.uint8] = np.clip(mixed, 0, 255).astype(np.uint8)
    return tile


def _png(pixels: NDArray[np.uint8]) -> bytes:
    kept = io.BytesIO()
    Image.fromarray(pixels).save(kept, "PNG")
    return kept.getvalue()
