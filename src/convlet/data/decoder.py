"""Decode images of a data set, in files of their own or inside archives; in this process or in worker processes.

Pillow holds the interpreter lock for most of the time a small image takes, so threads would decode no faster.
"""

import functools
import math
import os
import threading
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, TypeAlias

import numpy as np

from convlet.data.disk import Pixels
from convlet.data.picture import as_channels, read_pixels
from convlet.errors import DataError
from convlet.system.machine import cores
from convlet.system.workers import Workers, in_order

Place: TypeAlias = "tuple[str, int, int]"  # a file, the offset of the image's bytes in it, and their number or WHOLE
WHOLE = -1
FEWEST = 32  # images worth a trip to another process
_LARGE = 1 << 26  # bytes of an image file that Pillow reads piece by piece
_MOST = 8  # processes; each takes 40 MB, and eight decode faster than small nets train
_HERE = threading.Lock()


class Like(NamedTuple):
    """The common size of a set's images: that of the first, whose `name` errors give."""

    name: str
    height: int
    width: int


def decode(places: Iterable[Place], like: Like | None, channels: int | None) -> Pixels:
    """Decode images of one size.

    Args:
        places: where their bytes are.
        like: the size they must have; None for that of the first.
        channels: 1 or 3; None for 3 if any image is in color.

    Returns:
        uint8 (n, height, width, channels).

    Raises:
        DataError: an image cannot be read, or has another size.
    """
    images = []
    for place in places:
        pixels = _pixels(place)
        like = like or Like(name_of(place), *pixels.shape[:2])
        if pixels.shape[:2] != like[1:]:
            raise DataError(
                f"images of mixed sizes: {like.name} is {like.width}x{like.height} pixels, "
                f"{name_of(place)} is {pixels.shape[1]}x{pixels.shape[0]}. Bring all of them to one size first."
            )
        images.append(pixels)
    held = channels or max(pixels.shape[-1] for pixels in images)
    return np.stack([as_channels(pixels, held) for pixels in images])


def decode_here(places: Iterable[Place], like: Like | None, channels: int | None) -> Pixels:
    """Call `decode`, one thread at a time: decoding sets Python's warning filters, which all threads share."""
    with _HERE:
        return decode(places, like, channels)


class Decoders:
    """Worker processes that decode. Where none can be started, or they are killed, this process decodes instead."""

    def __init__(self) -> None:
        self.count = min(cores(), _MOST)
        self._workers = Workers(f"{__name__}:{decode.__name__}")
        self.close = self._workers.close

    def decode(self, places: Sequence[Place], like: Like | None = None, channels: int | None = None) -> Pixels:
        """Do what `decode` does, with the images shared among the processes."""
        share = max(FEWEST, math.ceil(len(places) / self.count))
        parts = (places[start : start + share] for start in range(0, len(places), share))
        return np.concatenate(list(self.in_order(parts, like, channels)))

    def in_order(self, parts: Iterable[Sequence[Place]], like: Like | None, channels: int | None) -> Iterator[Pixels]:
        """Decode many parts and yield each in order, with few of them in memory at a time."""
        return in_order(functools.partial(self._ask, like=like, channels=channels), parts, self.count)

    def _ask(self, places: Sequence[Place], like: Like | None, channels: int | None) -> Pixels:
        try:
            pixels: Pixels = self._workers.ask(places, like, channels)
        except OSError:
            return decode_here(places, like, channels)
        return pixels


def name_of(place: Place) -> str:
    """Return an image's name for errors: its file, or its archive and the member's name from the header before it."""
    file, start, size = place
    if size == WHOLE:
        return file
    with open(file, "rb") as archive:  # noqa: PTH123  a million Paths cost seconds
        archive.seek(start - 512)
        name = archive.read(100).partition(b"\0")[0]
    return f"{file}: {name.decode('utf-8', 'replace')}"


def _pixels(place: Place) -> Pixels:
    file, start, size = place
    try:
        with open(file, "rb", buffering=0) as opened:  # noqa: PTH123  see `name_of`
            whole = os.fstat(opened.fileno()).st_size
            if size == WHOLE and whole > _LARGE:
                return read_pixels(Path(file))
            if start:
                opened.seek(start)
            content = opened.read(whole if size == WHOLE else size)
    except OSError:
        return read_pixels(Path(file))  # which says what is wrong
    if size != WHOLE and len(content) < size:
        raise DataError(
            f"{file} became shorter while in use. Load the data again, and let nothing change the file meanwhile."
        )
    try:
        return read_pixels(content, file)
    except DataError:
        return read_pixels(content, name_of(place))  # to fail with the image's own name
