"""Images of a data set decoded, wherever their bytes are; in this process, or in those of `decoders.py`."""

import json
import os
import sys
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.data.picture import as_channels, read_pixels
from convlet.errors import DataError

# A file, the offset of the image's bytes in it, and their count; WHOLE for all of the file.
Place: TypeAlias = "tuple[str, int, int]"
WHOLE = -1
_LARGE = 1 << 26  # bytes of an image file that Pillow reads piece by piece


@dataclass(frozen=True)
class Like:
    """What the images of a set have in common, as the first of them has it: `name` is that one's, for errors."""

    name: str
    height: int
    width: int


def decode(places: Iterable[Place], like: Like | None = None, channels: int | None = None) -> NDArray[np.uint8]:
    """Decode images of one size.

    Args:
        places: where their files' bytes are.
        like: the image that they have to be as large as; None for the first of them.
        channels: 1 or 3; None for 3 if any of them is coloured.

    Returns:
        uint8 (n, height, width, channels).

    Raises:
        DataError: an image that cannot be read, or one of another size.
    """
    images = []
    for place in places:
        pixels = _pixels(place)
        like = like or Like(name_of(place), *pixels.shape[:2])
        if pixels.shape[:2] != (like.height, like.width):
            raise DataError(
                f"images of mixed sizes: {like.name} is {like.width}x{like.height} pixels, "
                f"{name_of(place)} is {pixels.shape[1]}x{pixels.shape[0]}. Bring all of them to one size first."
            )
        images.append(pixels)
    held = channels or max(pixels.shape[-1] for pixels in images)
    return np.stack([as_channels(pixels, held) for pixels in images])


def name_of(place: Place) -> str:
    """What errors call an image: its file, or its archive and the member's name, which stands before its bytes."""
    file, start, size = place
    if size == WHOLE:
        return file
    with Path(file).open("rb") as archive:
        archive.seek(start - 512)
        name = archive.read(100).partition(b"\0")[0]
    return f"{file}: {name.decode('utf-8', 'replace')}"


def _pixels(place: Place) -> NDArray[np.uint8]:
    file, start, size = place
    try:
        descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            whole = os.fstat(descriptor).st_size
            if size == WHOLE and whole > _LARGE:
                return read_pixels(Path(file))
            if start:
                os.lseek(descriptor, start, os.SEEK_SET)
            content = os.read(descriptor, whole if size == WHOLE else size)
        finally:
            os.close(descriptor)
    except OSError:
        return read_pixels(Path(file))  # which says what is the matter
    if size != WHOLE and len(content) < size:
        raise DataError(
            f"{file} became shorter while it was in use. Load the data again, and let nothing change the file."
        )
    try:
        return read_pixels(content, file)
    except DataError:
        return read_pixels(content, name_of(place))  # refused again, by its own name


_HERE = threading.Lock()


def decode_here(places: Iterable[Place], like: Like | None = None, channels: int | None = None) -> NDArray[np.uint8]:
    """Run `decode` from any thread, one at a time, since all threads share the warning filters that decoding sets."""
    with _HERE:
        return decode(places, like, channels)


def answer_requests(asked: IO[bytes] | None = None, told: IO[bytes] | None = None) -> None:
    """What the process does: a line of JSON in, a line of JSON and the pixels out, until its input ends."""
    asked, told = asked or sys.stdin.buffer, told or sys.stdout.buffer
    for line in asked:
        request = json.loads(line)
        like = Like(*request["like"]) if request["like"] else None
        try:
            pixels = decode(map(tuple, request["places"]), like, request["channels"])
        except DataError as error:
            told.write(json.dumps({"error": str(error)}).encode() + b"\n")
        else:
            told.write(json.dumps({"shape": pixels.shape}).encode() + b"\n")
            told.write(np.ascontiguousarray(pixels).data)
        told.flush()
