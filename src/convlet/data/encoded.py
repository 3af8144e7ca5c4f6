"""Images in files of their own or in archives, and what is made of a whole split of them: pixels, each decoded once.

Pixels are kept in memory or in a temporary file without a name, which is read in any order many times as fast as images are decoded. Only
where that file would take more than half of the space that is left are images decoded anew whenever they are asked for.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk, spill
from convlet.data.decoder import Like, Place, decode_here, name_of
from convlet.data.decoders import FEWEST, Decoders
from convlet.data.disk import Images, ImagesOnDisk, chunks
from convlet.data.spill import Spill
from convlet.errors import OutputError

OnRead = Callable[[str, int, int], None]
_FEW = 2_000  # images, decoded before a process has started
_SMALL = 50_000_000  # bytes of pixels, likewise
_PART = 512  # images decoded in one go


class Encoded(Protocol):
    """Where the images of a split are, held in a few bytes for each."""

    def __len__(self) -> int: ...

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """Where the images with these numbers are."""
        ...


class EncodedImages(ImagesOnDisk):
    """Images that are decoded whenever they are asked for, else like `ImagesOnDisk`.

    Args:
        encoded: where they are.
        decoders: what decodes them.
        like: their common size.
        channels: 1 or 3.
    """

    def __init__(self, encoded: Encoded, decoders: Decoders, like: Like, channels: int) -> None:
        self.shape = (len(encoded), like.height, like.width, channels)
        self._rows: NDArray[np.int64] | None = None
        self._bytes = like.height * like.width * channels
        self._encoded, self._decoders, self._like = encoded, decoders, like

    def __repr__(self) -> str:
        return f"EncodedImages(like {self._like.name!r}, shape={self.shape})"

    def _read(self, rows: NDArray[np.int64]) -> NDArray[np.uint8]:
        if len(rows) == 0:
            return np.empty((0, *self.shape[1:]), np.uint8)
        decoded = decode_here if len(rows) < FEWEST else self._decoders.decode
        return decoded(self._encoded.places(rows), self._like, self.shape[-1])


def about_pixels(images: Images) -> dict[str, str]:
    """For a data set's facts: nothing, or that images are decoded whenever they are asked for, and why."""
    if not isinstance(images, EncodedImages):
        return {}
    return {
        "pixels": f"decoded anew in every epoch, for {images.nbytes / 1e9:,.1f} GB of them are more than half of what is free in "
        f"{spill.temporary_folder()}; name a folder with more space in TMPDIR"
    }


def gathered(encoded: Encoded, name: str, channels: int | None = None, reading: OnRead | None = None) -> Images:
    """Decode all images of a split once, in their order, side by side: each is checked before anything is trained on any.

    Args:
        encoded: where they are; at least one.
        name: the split's, for errors and the progress.
        channels: 1 or 3, or None for 3 if any image is coloured.
        reading: told (name, images so far, images in all).

    Returns:
        An array; beyond `convlet.data.disk.IN_MEMORY` an `ImagesOnDisk`, or, where there is too little space for it, an `EncodedImages`.

    Raises:
        DataError: an image that cannot be read, or images of more than one size.
    """
    count = len(encoded)
    first = encoded.places(np.array([0]))
    pixels = decode_here(first, None, channels)
    like, held = Like(name_of(first[0]), *pixels.shape[1:3]), pixels.shape[-1]
    size = count * pixels.size
    decoders = Decoders()
    kept: Spill | None = Spill(name) if size <= max(disk.IN_MEMORY, spill.room()) else None
    done = 0
    for part in _decoded(encoded, decoders, like, channels, few=count <= _FEW and size <= _SMALL):
        try:
            if channels is None and part.shape[-1] > held:
                held = part.shape[-1]
                kept = kept and _in_colour(kept, (done, *pixels.shape[1:3]))
            if kept:
                kept.add(part if part.shape[-1] == held else np.repeat(part, held, axis=-1))
        except OutputError:  # others have filled the disk meanwhile
            kept = None
        done += len(part)
        if reading:
            reading(name, done, count)
    if kept:
        with contextlib.suppress(OutputError):
            images = kept.images((count, *pixels.shape[1:3], held))
            decoders.close()
            return images
    return EncodedImages(encoded, decoders, like, held)


def _decoded(
    encoded: Encoded, decoders: Decoders, like: Like, channels: int | None, *, few: bool
) -> Iterator[NDArray[np.uint8]]:
    """The images in their order, some at a time."""
    step = max(1, min(_PART, disk.BLOCK // (like.height * like.width * 3)))
    rows = range(0, len(encoded), step)
    parts = (encoded.places(np.arange(start, min(start + step, len(encoded)))) for start in rows)
    return (decode_here(part, like, channels) for part in parts) if few else decoders.in_order(parts, like, channels)


def _in_colour(grey: Spill, shape: tuple[int, ...]) -> Spill:
    """The same pixels in three channels: the first coloured image has come."""
    coloured = Spill(grey.name)
    for part in chunks(grey.images((*shape, 1))) if shape[0] else ():
        coloured.add(np.repeat(part, 3, axis=-1))
    return coloured


def by_number_or_name(name: str) -> tuple[int, int, str]:
    """The order of classes: numbers by their value, then names by the alphabet."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
