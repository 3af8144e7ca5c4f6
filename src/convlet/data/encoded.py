"""Gather the pixels of a split whose images are files or in archives; each image is decoded once.

Pixels stay in memory or in a temporary file; reading it is many times faster than decoding images. If that file would
take more than half of the free space, images are decoded whenever they are indexed.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data import disk, spill
from convlet.data.decoder import (
    FEWEST,
    Decoders,
    Encoded,
    Like,
    MixedSizesError,
    Unread,
    decode_here,
    readable_here,
)
from convlet.data.disk import Images, ImagesOnDisk, chunks
from convlet.data.files import FileNames, LeftOut, Unreadable
from convlet.data.settle import settle
from convlet.data.sizing import Wanted, about_size
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.errors import DataError, OutputError
from convlet.reading.arrays import Pixels
from convlet.system.watch import Watch

_FEW = 2_000  # images decoded before a process has started
_SMALL = 50_000_000  # bytes of pixels decoded before that
_PART = 512  # images decoded at a time
_PART_LARGE = 64  # the same for possible photographs, so that processes end together and progress shows


class EncodedImages(ImagesOnDisk):
    """Images of one size and 1 or 3 channels that are decoded whenever indexed; else like `ImagesOnDisk`."""

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


def about_images(images: Images, like: Like) -> dict[str, str]:
    """Return for `Dataset.about` the reason for the images' size and, if so, for decoding them in every epoch."""
    size = about_size(like.why)
    if not isinstance(images, EncodedImages):
        return size
    return size | {
        "pixels": f"decoded in every epoch: their {images.nbytes / 1e9:,.1f} GB are more than half of the space "
        f"free in {spill.temporary_folder()}; set TMPDIR to a folder with more space"
    }


class Gathered(NamedTuple):
    """The images of a split.

    Attributes:
        images: uint8 (n, height, width, channels): an array, an `ImagesOnDisk`, or if that has no space, an
            `EncodedImages`.
        rows: int64 (n,), the numbers of the encoded images: all readable ones.
        like: what they were resized to.
        left_out: the others, each with the reason.
    """

    images: Images
    rows: NDArray[np.int64]
    like: Like
    left_out: tuple[LeftOut, ...]


def gathered(
    encoded: Encoded,
    name: str,
    channels: int | None,
    watch: Watch,
    wanted: Wanted = Wanted(),  # noqa: B008
    like: Like | None = None,
) -> Gathered:
    """Decode all images of a split once, in order, in parallel: all are checked before training.

    Args:
        encoded: where they are; at least one.
        name: the split's, for errors and progress.
        channels: 1 or 3, or None for 3 if any image is colored.
        watch: gets "reading NAME" and the images so far.
        wanted: what to resize them to.
        like: what train was resized to, for another split.

    Raises:
        DataError: more images are unreadable than `wanted.may_lack` allows.
    """
    channels = channels or wanted.channels
    gather = partial(_gathered, encoded, name, channels, watch, wanted.may_lack)
    if like and like.form is None:  # train's own size; an image of another size here is resized
        try:
            return gather(like)
        except MixedSizesError:
            return gather(replace(like, form=wanted.form))
    try:
        return gather(like or settle(encoded, wanted))
    except MixedSizesError:
        return gather(settle(encoded, wanted, mixed=True))


def split_of(found: Gathered, encoded: Encoded, labels: NDArray[np.int64], name: str) -> Split:
    """Return the gathered images as a split, with the labels and file names of their rows.

    Args:
        found: see `gathered`.
        encoded: the argument of `gathered`.
        labels: int64, those of every encoded image.
        name: the split's, for errors.
    """
    return Split(found.images, labels[found.rows], name=name, files=FileNames(encoded, found.rows))


def _gathered(encoded: Encoded, name: str, channels: int | None, watch: Watch, may_lack: float, like: Like) -> Gathered:
    count = len(encoded)
    largest = 3 * like.height * like.width
    decoders = Decoders()
    held = channels or 1
    kept: Spill | None = Spill(name) if count * largest <= max(disk.IN_MEMORY, spill.room()) else None
    rows, unreadable, done, what = [], [], 0, f"reading {name}"
    for start, part, wrong in _decoded(encoded, decoders, like, channels):
        here = np.arange(start, start + len(part) + len(wrong))
        rows.append(np.setdiff1d(here, [one.row for one in wrong]))
        unreadable += wrong
        if len(unreadable) > may_lack * count:
            raise _too_many(unreadable, name)
        if len(part):
            try:
                if part.shape[-1] > held:
                    held = part.shape[-1]
                    kept = kept and _in_color(kept, (done, like.height, like.width))
                if kept:
                    kept.add(part if part.shape[-1] == held else np.repeat(part, held, axis=-1))
            except OutputError:  # something else has filled the disk
                kept = None
        done += len(part)
        watch.on_progress(what, min(count, start + len(here)), count, "")
    if not done:
        raise _too_many(unreadable, name)
    every = np.concatenate(rows)
    left_out: tuple[LeftOut, ...] = tuple(Unreadable(encoded.name_of(one.row), one.reason) for one in unreadable)
    if kept:
        with contextlib.suppress(OutputError):
            images = kept.images((done, like.height, like.width, held))
            decoders.close()
            return Gathered(images, every, like, left_out)
    return Gathered(EncodedImages(encoded, decoders, like, held).take(every), every, like, left_out)


def _too_many(unreadable: list[Unread], name: str) -> DataError:
    images = "1 image" if len(unreadable) == 1 else f"{len(unreadable):,} images"
    return DataError(
        f"{name}: {images} cannot be read, more than one in twenty. "
        f"The first: {unreadable[0].reason} Repair or remove them; `convlet data check` names all of them."
    )


def _decoded(
    encoded: Encoded, decoders: Decoders, like: Like, channels: int | None
) -> Iterator[tuple[int, Pixels, list[Unread]]]:
    """Yield the first row of each part, its images, and the unreadable ones."""
    most = _PART if like.form is None else _PART_LARGE
    step = max(1, min(most, disk.BLOCK // (like.height * like.width * 3)))
    rows = range(0, len(encoded), step)
    few = len(encoded) <= _FEW and len(encoded) * like.height * like.width * 3 <= _SMALL and like.form is None
    places = (encoded.places(np.arange(start, min(start + step, len(encoded)))) for start in rows)
    parts = (
        (readable_here(part, like, channels) for part in places) if few else decoders.in_order(places, like, channels)
    )
    for start, (images, wrong) in zip(rows, parts, strict=True):
        yield start, images, [Unread(start + place, file, reason) for place, file, reason in wrong]


def _in_color(grey: Spill, shape: tuple[int, ...]) -> Spill:
    """Return the pixels so far in three channels, when the first colored image appears."""
    colored = Spill(grey.name)
    for part in chunks(grey.images((*shape, 1))) if shape[0] else ():
        colored.add(np.repeat(part, 3, axis=-1))
    return colored


def by_number_or_name(name: str) -> tuple[int, int, str]:
    """Sort classes: numbers by value, then names alphabetically."""
    return (0, int(name), name) if name.isdecimal() else (1, 0, name)
