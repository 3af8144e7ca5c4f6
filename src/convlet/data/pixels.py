"""Convert arrays of pixels to uint8 from 0 to 255, channels last, in one way for every reader of arrays.

Train decides how; the other splits follow. A model trained on pixels of 0 and 1 would be useless for pictures.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.disk import Images, ImagesOnDisk, chunks
from convlet.data.spill import Spill
from convlet.errors import DataError
from convlet.reading.arrays import Pixels
from convlet.reading.decode import opaque
from convlet.system.watch import Watch

# Possible values of white: truth values, 2 bits, 4 bits, the 17 levels of small digits, 8, 12 and 16 bits.
_WHITES = (1, 3, 15, 16, 255, 4095, 65535)
DIM = 16  # uint8 pixels up to this are stretched
_ABOVE = 1e-6  # of white: rounding of floats
_CLEAR = 4  # channels, of which the last is transparency
_LEAST_SIDE = 8  # of flat images; smaller ones may be any table


@dataclass(frozen=True)
class Raw:
    """An array of images, read part by part as often as needed.

    Attributes:
        shape: of all of it.
        dtype: that of its numbers.
        parts: yields the images in order, a few megabytes at a time.
        kept: the same as images, if they are already uint8.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    parts: Callable[[], Iterator[NDArray[Any]]]
    kept: Images | None = None


@dataclass(frozen=True)
class Scale:
    """How the arrays of a data set become images.

    Attributes:
        white: the value that becomes 255.
        layout: "last", "first" (the place of the channels) or "flat" (rows of square gray images).
    """

    white: float = 255
    layout: str = "last"


def raw_of(given: Any) -> Raw:
    """Wrap an array in memory, `ImagesOnDisk`, or anything that NumPy converts to an array."""
    try:
        array = given if isinstance(given, ImagesOnDisk) else np.asarray(given)
    except ValueError as error:
        raise DataError(f"these images do not form an array ({error}). Expected images of one shape.") from error
    kept = array if array.dtype == np.uint8 else None
    return Raw(tuple(array.shape), array.dtype, lambda: chunks(array), kept)


def scale_of(raw: Raw, name: str, watch: Watch) -> Scale:
    """Decide how the images of train, and of the other splits, become uint8.

    Args:
        raw: (n, height, width), (n, height, width, 1, 3 or 4), (n, 1, 3 or 4, height, width) or (n, side * side), of
            which a fourth channel is transparency; truth values, or numbers from 0 to 1, 3, 15, 16, 255, 4095 or
            65535, whole unless they end at 1 or 255.
        name: what errors call it.
        watch: reports what is done to the pixels, if anything.

    Raises:
        DataError: another shape or type, negative or infinite numbers, or fractions with another maximum.
    """
    _layout(raw, name)
    if raw.dtype.kind not in "buif":
        raise DataError(f"{name}: pixels of type {raw.dtype}; expected numbers, preferably uint8 from 0 to 255.")
    if 0 in raw.shape:
        return Scale()
    layout = layout_of(raw, name, watch)
    return Scale(white_of(raw, name, watch), layout)


def layout_of(raw: Raw, name: str, watch: Watch) -> str:
    """Return `Scale.layout` of some images; arguments: see `scale_of`.

    Raises:
        DataError: another shape.
    """
    layout = _layout(raw, name)
    if len(raw.shape) == 4 and raw.shape[1 if layout == "first" else 3] == _CLEAR:
        watch.on_note(f"{name}: the fourth channel is read as transparency.")
    if layout == "first":
        watch.on_note(f"{name}: channels come first, {raw.shape}; they are moved last.")
    elif layout == "flat":
        side = math.isqrt(raw.shape[1])
        watch.on_note(f"{name}: rows of {raw.shape[1]} pixels are read as images of {side}x{side}.")
    return layout


def white_of(raw: Raw, name: str, watch: Watch) -> float:
    """Return `Scale.white` of some images of any shape, with at least one pixel; else like `scale_of`."""
    white = _white(raw, name)
    if white != 255:
        watch.on_note(f"{name}: pixels run from 0 to {white:g} and are stretched to 0 to 255, the range of pictures.")
    return white


def as_images(raw: Raw, scale: Scale, name: str) -> Images:
    """Return images, uint8 (n, height, width) or (n, height, width, channels); such images stay untouched.

    Raises:
        DataError: pixels beyond those of train.
        OutputError: no space for images that do not fit in memory.
    """
    if 0 in raw.shape:
        return np.zeros(raw.shape, np.uint8)
    shape = raw.shape
    clear = len(shape) == 4 and shape[1 if scale.layout == "first" else 3] == _CLEAR
    if raw.kept is not None and scale == Scale() and not clear:
        return raw.kept
    _layout(raw, name)
    spill = Spill(name, needed=math.prod(shape))
    for part in raw.parts():
        pixels = in_8_bits(part, scale.white, name)
        if scale.layout == "first":
            pixels = np.moveaxis(pixels, 1, -1)
        if clear:
            pixels = np.stack([np.asarray(opaque(Image.fromarray(np.ascontiguousarray(one)), "RGB")) for one in pixels])
        spill.add(np.ascontiguousarray(pixels))
    if scale.layout == "first":
        shape = (shape[0], *shape[2:], shape[1])
    elif scale.layout == "flat":
        shape = (shape[0], math.isqrt(shape[1]), math.isqrt(shape[1]))
    return spill.images((*shape[:3], 3) if clear else shape)


def in_8_bits(part: NDArray[Any], white: float, name: str) -> Pixels:
    """Return pixels of any shape as uint8, with `white` as 255.

    Raises:
        DataError: some are below 0 or above `white`.
    """
    if part.dtype == np.uint8 and white == 255:
        return part
    if part.dtype in (np.int8, np.int16):  # where white may overflow
        part = part.astype(np.int32)
    low, high = float(part.min()), float(part.max())
    if not (low >= 0 and high <= white * (1 + _ABOVE)):
        raise DataError(
            f"{name}: pixels from {low:g} to {high:g}; expected 0 to {white:g}, as in train. Use one scale for both."
        )
    scaled: Pixels = np.rint(np.minimum(part, white) * np.float32(255 / white)).astype(np.uint8)
    return scaled


def _layout(raw: Raw, name: str) -> str:
    shape = raw.shape
    if len(shape) == 3 or (len(shape) == 4 and shape[3] in (1, 3)):
        return "last"
    if len(shape) == 4 and (shape[1] in (1, 3) or (shape[1] == _CLEAR != shape[3])):
        return "first"
    if len(shape) == 4 and shape[3] == _CLEAR:
        return "last"
    if len(shape) == 2 and (side := math.isqrt(shape[1])) >= _LEAST_SIDE and side * side == shape[1]:
        return "flat"
    raise DataError(f"{name}: an array of shape {shape}; expected (n, height, width) or (n, height, width, 1, 3 or 4).")


def _white(raw: Raw, name: str) -> float:
    if raw.dtype.kind == "b":
        return 1
    low, high, whole = 0.0, 0.0, True
    for part in raw.parts():
        low, high = float(np.minimum(low, part.min())), float(np.maximum(high, part.max()))  # these keep NaN
        if raw.dtype == np.uint8 and high > DIM:
            return 255
        whole = whole and (raw.dtype.kind != "f" or bool((part == np.rint(part)).all()))
    if not math.isfinite(low + high):
        raise DataError(f"{name}: some pixels are not finite numbers. Expected 0 to 255, or 0 to 1.")
    run = f"{name}: pixels of type {raw.dtype} run from {low:g} to {high:g}"
    if low < 0:
        hint = " Rescale those from -1 to 1: (images + 1) / 2." if low >= -1 and high <= 1 else ""
        raise DataError(f"{run}; expected 0 to 255, or 0 to 1.{hint}")
    if not whole and not (high <= 1 + _ABOVE or DIM < high <= 255):
        raise DataError(f"{run} and are not whole numbers; expected 0 to 1, or 0 to 255.")
    if not whole:
        return 1 if high <= 1 + _ABOVE else 255
    white = next((white for white in _WHITES if high <= white), None)
    if white is None:
        raise DataError(f"{run}; expected at most 65535, preferably uint8 from 0 to 255.")
    return white if high else 255
