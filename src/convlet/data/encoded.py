"""Images in files of their own or in archives, and the pixels of a whole split of them, each decoded once.

Pixels stay in memory or in a temporary file, which reads many times as fast as images decode. If that file would take
more than half of the free space, images are decoded whenever they are indexed.
"""

import contextlib
from collections.abc import Iterator
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk, spill
from convlet.data.decoder import FEWEST, Decoders, Like, Place, decode_here, name_of
from convlet.data.disk import Images, ImagesOnDisk, Pixels, chunks
from convlet.data.spill import Spill
from convlet.errors import OutputError
from convlet.system.watch import Watch

_FEW = 2_000  # images, decoded before a process has started
_SMALL = 50_000_000  # bytes of pixels, likewise
_PART = 512  # images decoded in one go


class Encoded(Protocol):
    """Where the images of a split are, in a few bytes for each."""

    def __len__(self) -> int: ...

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """Return where the images with these numbers are."""
        ...


class EncodedImages(ImagesOnDisk):
    """Images decoded whenever they are indexed, of one size and 1 or 3 channels; else like `ImagesOnDisk`."""

    def __init__(self, encoded: Encoded, decoders: Decoders, like: Like, channels: int) -> None:
        self.shape = (len(encoded), like.height, like.width, channels)
        self._rows = np.arange(len(encoded))
        self._bytes = like.height * like.width * channels
        self._encoded, self._decoders, self._like = encoded, decoders, like

    def __repr__(self) -> str:
        return f"EncodedImages(like {self._like.name!r}, shape={self.shape})"

    def _read(self, rows: NDArray[np.int64]) -> Pixels:
        if len(rows) == 0:
            return np.empty((0, *self.shape[1:]), np.uint8)
        decoded = decode_here if len(rows) < FEWEST else self._decoders.decode
        return decoded(self._encoded.places(rows), self._like, self.shape[-1])


def about_pixels(images: Images) -> dict[str, str]:
    """Return for `Dataset.about` why images are decoded again in every epoch; nothing if they are not."""
    if not isinstance(images, EncodedImages):
        return {}
    return {
        "pixels": f"decoded anew in every epoch: {images.nbytes / 1e9:,.1f} GB of them are more than half of what is "
        f"free in {spill.temporary_folder()}; name a folder with more space in TMPDIR"
    }


def gathered(encoded: Encoded, name: str, channels: int | None, watch: Watch) -> Images:
    """Decode all images of a split once, in order, in parallel: each is checked before any is trained on.

    Args:
        encoded: where they are; at least one.
        name: the split's, for errors and progress.
        channels: 1 or 3, or None for 3 if any image is colored.
        watch: told "reading NAME" and the images so far.

    Returns:
        An array; beyond `convlet.data.disk.IN_MEMORY` an `ImagesOnDisk`, or without space for it an `EncodedImages`.

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
    done, what = 0, f"reading {name}"
    for part in _decoded(encoded, decoders, like, channels, few=count <= _FEW and size <= _SMALL):
        try:
            if channels is None and part.shape[-1] > held:
                held = part.shape[-1]
                kept = kept and _in_color(kept, (done, *pixels.shape[1:3]))
            if kept:
                kept.add(part if part.shape[-1] == held else np.repeat(part, held, axis=-1))
        except OutputError:  # something else has filled the disk
            kept = None
        done += len(part)
        watch.on_progress(what, done, count, "")
    if kept:
        with contextlib.suppress(OutputError):
            images = kept.images((count, *pixels.shape[1:3], held))
            decoders.close()
            return images
    return EncodedImages(encoded, decoders, like, held)


def _decoded(encoded: Encoded, decoders: Decoders, like: Like, channels: int | None, *, few: bool) -> Iterator[Pixels]:
    step = max(1, min(_PART, disk.BLOCK // (like.height * like.width * 3)))
    rows = range(0, len(encoded), step)
    parts = (encoded.places(np.arange(start, min(start + step, len(encoded)))) for start in rows)
    return (decode_here(part, like, channels) for part in parts) if few else decoders.in_order(parts, like, channels)


def _in_color(grey: Spill, shape: tuple[int, ...]) -> Spill:
    """Return the pixels so far in three channels: the first colored image has come."""
    colored = Spill(grey.name)
    for part in chunks(grey.images((*shape, 1))) if shape[0] else ():
        colored.add(np.repeat(part, 3, axis=-1))
    return colored


def by_number_or_name(name: str) -> tuple[int, int, str]:
    """Sort classes: numbers by value, then names by the alphabet."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
