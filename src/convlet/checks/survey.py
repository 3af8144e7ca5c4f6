"""Survey the image files of a data set, from their headers alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.data import Split
from convlet.data.decoder import header_at
from convlet.errors import DataError
from convlet.reading.decode import Header
from convlet.system.watch import Watch

_PART = 256  # files between two lines of progress
_GRAY = ("1", "L", "LA")


@dataclass(frozen=True)
class Size:
    """A file's size in pixels, and its place."""

    width: int
    height: int
    split: str
    index: int
    file: str


@dataclass(frozen=True)
class Survey:
    """What the image files are like.

    Attributes:
        files: how many.
        formats: how many of each format, such as {"JPEG": 120}, the most frequent first.
        colors: the same for "color", "gray", "palette", "16 bits", "floating point",
            "CMYK".
        transparent: how many may have transparent pixels.
        turned: how many are to be turned or mirrored according to EXIF.
        sizes: how many different sizes there are.
        usual: the most frequent (width, height) in pixels.
        usual_files: how many have it.
        smallest: the file of the least area.
        largest: the file of the greatest area.
        longest: the file with the most extreme aspect ratio.
    """

    files: int
    formats: Mapping[str, int]
    colors: Mapping[str, int]
    transparent: int
    turned: int
    sizes: int
    usual: tuple[int, int]
    usual_files: int
    smallest: Size
    largest: Size
    longest: Size


@dataclass(frozen=True)
class Headers:
    """The headers of a split's files: int64 (n, 2) heights and widths in pixels, and their formats and colors."""

    sizes: NDArray[np.int64]
    formats: Sequence[str]
    colors: Sequence[str]
    transparent: int
    turned: int


def headers_of(split: Split, name: str, watch: Watch) -> Headers | None:
    """Read the headers of a split's files; None where images are not files."""
    if split.files is None:
        return None
    sizes = np.zeros((len(split), 2), np.int64)
    formats, colors = [], []
    transparent = turned = 0
    for start in range(0, len(split), _PART):
        rows = np.arange(start, min(start + _PART, len(split)))
        for row, place in zip(rows.tolist(), split.files.places(rows), strict=True):
            try:
                header = header_at(place)
            except DataError:  # it was read before, and has been removed since
                formats.append("gone")
                colors.append("gone")
                continue
            sizes[row] = header.height, header.width
            formats.append(header.format)
            colors.append(_color(header))
            transparent += header.transparent
            turned += header.turned
        watch.on_progress(f"looking at the files of {name}", int(rows[-1]) + 1, len(split), "")
    return Headers(sizes, formats, colors, transparent, turned)


def surveyed(headers: Mapping[str, Headers], splits: Mapping[str, Split]) -> Survey | None:
    """Summarize the headers of all splits; None without files."""
    if not any(one.sizes.any() for one in headers.values()):
        return None
    sizes = np.concatenate([one.sizes for one in headers.values()])
    starts = np.cumsum([0, *(len(one.sizes) for one in headers.values())])
    areas, longer = sizes.prod(axis=1), sizes.max(axis=1) / np.maximum(sizes.min(axis=1), 1)
    there = np.flatnonzero(areas)
    different, counts = np.unique(sizes[there], axis=0, return_counts=True)

    def size(at: int) -> Size:
        number = int(np.searchsorted(starts, at, side="right")) - 1
        name, index = list(headers)[number], at - int(starts[number])
        files = splits[name].files
        return Size(int(sizes[at, 1]), int(sizes[at, 0]), name, index, files[index] if files else "")

    height, width = different[counts.argmax()].tolist()
    return Survey(
        files=len(sizes),
        formats=_counted(one.formats for one in headers.values()),
        colors=_counted(one.colors for one in headers.values()),
        transparent=sum(one.transparent for one in headers.values()),
        turned=sum(one.turned for one in headers.values()),
        sizes=len(different),
        usual=(width, height),
        usual_files=int(counts.max()),
        smallest=size(int(there[areas[there].argmin()])),
        largest=size(int(there[areas[there].argmax()])),
        longest=size(int(there[longer[there].argmax()])),
    )


def _color(header: Header) -> str:
    if header.mode.startswith("F"):
        return "floating point"
    if header.mode.startswith("I"):
        return "16 bits"
    if header.mode in ("P", "PA"):
        return "palette"
    if header.mode == "CMYK":
        return "CMYK"
    return "gray" if header.mode in _GRAY else "color"


def _counted(parts: Iterable[Sequence[str]]) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for part in parts:
        counts.update(part)
    return dict(counts.most_common())
