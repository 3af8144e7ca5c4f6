"""Decode a data set's images, from files or archives, in this process or in worker processes.

Pillow holds the interpreter lock for most of the decoding of a small image, so threads would be no faster.
"""

import functools
import math
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError
from convlet.reading.arrays import Pixels
from convlet.reading.decode import Header, header_of, read_pixels
from convlet.reading.fitting import as_channels
from convlet.reading.image import read_alike
from convlet.signature import Form
from convlet.system.files import without_waiting
from convlet.system.machine import cores
from convlet.system.workers import Workers, in_order

Place: TypeAlias = "tuple[str, int, int]"  # a file, the offset of the image's bytes, and their number or WHOLE
WHOLE = -1
FEWEST = 32  # images worth a trip to another process
_LARGE = 1 << 26  # bytes of an image file that Pillow reads piece by piece
_HEADER_FIRST = 1 << 16  # bytes of an image file whose size is compared before its pixels, which may be too many
_MOST = 8  # processes; each takes 40 MB, and eight decode faster than small nets train
_HERE = threading.Lock()


class Encoded(Protocol):
    """Where the images of a split are, in a few bytes each."""

    def __len__(self) -> int: ...

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """Return where the images with these numbers are."""
        ...

    def name_of(self, row: int) -> str:
        """Return the name of an image for people: its path in the data set, or its archive's and the member's name."""
        ...


@dataclass(frozen=True)
class Like:
    """What a set's images have in common.

    Attributes:
        name: the first image's, for errors.
        height: that of every image, in pixels.
        width: that of every image, in pixels.
        form: how images of any size are resized to that one; None if all of them must have it.
        why: the reason for the size, if it was chosen: "they ...".
    """

    name: str
    height: int
    width: int
    form: Form | None = None
    why: str = ""


class MixedSizesError(DataError):
    """Images have more than one size, and no target size was given."""


def decode(places: Iterable[Place], like: Like | None, channels: int | None) -> Pixels:
    """Decode images of one size.

    Args:
        places: where their bytes are.
        like: the size they must have or are resized to; None for that of the first.
        channels: 1 or 3; None for 3 if any image is in color.

    Returns:
        uint8 (n, height, width, channels).

    Raises:
        DataError: an image cannot be read.
        MixedSizesError: one has another size.
    """
    images = []
    for place in places:
        pixels = _pixels(place, like)
        like = like or Like(name_of(place), *pixels.shape[:2])
        if pixels.shape[:2] != (like.height, like.width):
            raise _mixed(like, name_of(place), *pixels.shape[:2])
        images.append(pixels)
    held = channels or max(pixels.shape[-1] for pixels in images)
    return np.stack([as_channels(pixels, held) for pixels in images])


class Unread(NamedTuple):
    """An image that cannot be read: its number in the split, its name, and the reason."""

    row: int
    name: str
    reason: str


def readable(places: Sequence[Place], like: Like | None, channels: int | None = None) -> tuple[Pixels, list[Unread]]:
    """Decode the readable images like `decode`, and name the others.

    Returns:
        uint8 (m, height, width, channels), and n - m images, numbered from 0.

    Raises:
        MixedSizesError: an image has another size.
    """
    try:
        return decode(places, like, channels), []
    except MixedSizesError:
        raise
    except DataError:
        images, wrong = [], []
        for row, place in enumerate(places):
            try:
                images.append(decode([place], like, channels)[0])
            except MixedSizesError:
                raise
            except DataError as error:
                wrong.append(Unread(row, name_of(place), str(error)))
        held = channels or max((image.shape[-1] for image in images), default=1)
        size = (like.height, like.width) if like else (0, 0)
        stacked = [as_channels(image, held) for image in images]
        return np.stack(stacked) if stacked else np.empty((0, *size, held), np.uint8), wrong


def readable_here(
    places: Sequence[Place], like: Like | None, channels: int | None = None
) -> tuple[Pixels, list[Unread]]:
    """Call `readable`, one thread at a time; see `decode_here`."""
    with _HERE:
        return readable(places, like, channels)


def decode_here(places: Iterable[Place], like: Like | None = None, channels: int | None = None) -> Pixels:
    """Call `decode`, one thread at a time: decoding sets Python's warning filters, which all threads share."""
    with _HERE:
        return decode(places, like, channels)


class Decoders:
    """Worker processes that decode. If none can be started, or they are killed, this process decodes instead."""

    def __init__(self) -> None:
        self.count = min(cores(), _MOST)
        self._workers = Workers(f"{__name__}:{readable.__name__}")
        self.close = self._workers.close

    def decode(self, places: Sequence[Place], like: Like | None = None, channels: int | None = None) -> Pixels:
        """Decode like `decode`, with the images shared among the processes."""
        share = max(FEWEST, math.ceil(len(places) / self.count))
        parts = (places[start : start + share] for start in range(0, len(places), share))
        found = list(self.in_order(parts, like, channels))
        if wrong := next((one for _, unread in found for one in unread), None):
            raise DataError(wrong.reason)
        return np.concatenate([images for images, _ in found])

    def in_order(
        self, parts: Iterable[Sequence[Place]], like: Like | None, channels: int | None = None
    ) -> Iterator[tuple[Pixels, list[Unread]]]:
        """Call `readable` for many parts and yield the results in order, with few in memory at a time."""
        ask = functools.partial(self._ask, like=like, channels=channels)
        return in_order(ask, parts, self.count)

    def _ask(self, places: Sequence[Place], like: Like | None, channels: int | None) -> tuple[Pixels, list[Unread]]:
        try:
            answer: tuple[Pixels, list[Unread]] = self._workers.ask(places, like, channels)
        except OSError:
            return readable_here(places, like, channels)
        return answer


def name_of(place: Place) -> str:
    """Return an image's name for errors: its file, or its archive and the member's name from the header before it."""
    file, start, size = place
    if size == WHOLE:
        return file
    with open(file, "rb") as archive:  # noqa: PTH123  a million Paths cost seconds
        archive.seek(start - 512)
        name = archive.read(100).partition(b"\0")[0]
    return f"{file}: {name.decode('utf-8', 'replace')}"


def size_at(place: Place) -> tuple[int, int]:
    """Return the (height, width) of an image from its header; errors: see `header_at`."""
    header = header_at(place)
    return header.height, header.width


def header_at(place: Place) -> Header:
    """Return the content of an image's header.

    Raises:
        DataError: it cannot be read.
    """
    file, start, size = place
    if size == WHOLE:
        return header_of(Path(file))
    with open(file, "rb") as archive:  # noqa: PTH123
        archive.seek(start)
        return header_of(archive.read(size), name_of(place))


def _mixed(like: Like, name: str, height: int, width: int) -> MixedSizesError:
    return MixedSizesError(
        f"images of mixed sizes: {like.name} is {like.width}x{like.height} pixels, {name} is {width}x{height}. "
        "Give the size to bring them to: image_size=64."
    )


def _pixels(place: Place, like: Like | None) -> Pixels:
    def read(source: Path | bytes, name: str = "") -> Pixels:
        if like is None or like.form is None:
            if like and (isinstance(source, Path) or len(source) > _HEADER_FIRST):
                header = header_of(source, name)
                if {header.height, header.width} != {like.height, like.width}:  # some formats tell their turn late
                    raise _mixed(like, name_of(place), header.height, header.width)
            return read_pixels(source, name)
        return read_alike(source, (like.height, like.width), like.form, name)

    file, start, size = place
    try:
        with open(file, "rb", buffering=0, opener=without_waiting) as opened:
            whole = os.fstat(opened.fileno()).st_size
            if size == WHOLE and whole > _LARGE:
                return read(Path(file))
            if start:
                opened.seek(start)
            content = opened.read(whole if size == WHOLE else size)
    except OSError:
        return read(Path(file))  # reports what is wrong
    if size != WHOLE and len(content) < size:
        raise DataError(
            f"{file} was truncated while in use. Load the data again, and do not change the file meanwhile."
        )
    try:
        return read(content, file)
    except DataError:
        return read(content, name_of(place))  # so that errors name the image
