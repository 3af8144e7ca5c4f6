"""Convert pixels with other depths to 8 bits.

The rule depends on a single file or array, and on its maximum only in steps: a dark image stays darker than the others
in its set.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.errors import DataError
from convlet.reading.arrays import Pixels

_TWELVE, _SIXTEEN, _THIRTY_ONE = (2**bits - 1 for bits in (12, 16, 31))
_BITS, _MOST = 258, 281  # TIFF's tags BitsPerSample and MaxSampleValue
_ABOVE = 1e-6  # rounding of fractions with maximum 1
_BELOW = 0.1  # of white: sharpening and resizing may go this far below 0
_BLOCK = 1 << 22  # numbers converted at a time


def of_file(image: Image.Image) -> Pixels:
    """Return the pixels of an open image of mode I, one of its variants, or F, in 8 bits.

    White is what the file says: TIFF's MaxSampleValue, or BitsPerSample below 16; a PGM file's own maximum, which
    Pillow stretches to 16 bits. Else white is 1, 255 or 65535 for fractions, the first that none exceeds; for whole
    numbers it is 4095 if none exceeds it (a sensor's 12 bits are stored that way), else 65535.

    Returns:
        uint8 (height, width). Numbers a little below 0, which resizing leaves, become 0.

    Raises:
        ValueError: a pixel is not a finite number, far below 0, or above the largest white.
    """
    values = np.asarray(image)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ValueError("some of its pixels are not numbers")
    whites = (1, 255, _SIXTEEN) if values.dtype.kind == "f" else (_TWELVE, _SIXTEEN, _THIRTY_ONE)
    top = values.max()
    white = _told(image) or next((white for white in whites if top <= white * (1 + _ABOVE)), None)
    if white is None:
        raise ValueError(f"its pixels run to {top:g}; expected at most {whites[-1]}")
    if (low := values.min()) < -_BELOW * white:
        raise ValueError(f"its pixels run from {low:g} to {top:g}; expected none below 0. Scale them to 0 to 1")
    return _scaled(values, white)


def of_array(values: NDArray[Any], name: str) -> Pixels:
    """Return the pixels of an array in 8 bits.

    Args:
        values: uint8, which stays unchanged; truth values; uint16, as from a file; other numbers from 0 to 1 if they
            are fractions, or from 0 to 255. Any shape.
        name: what errors call it.

    Raises:
        DataError: another type, or numbers beyond those.
    """
    if values.dtype == np.uint8:
        return values
    if values.dtype.kind == "b":
        return np.where(values, np.uint8(255), np.uint8(0))
    if values.dtype.kind not in "uif":
        raise DataError(f"{name} is an array of {values.dtype}; expected uint8, 0 to 255, or floats, 0 to 1.")
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    if values.dtype == np.uint16:
        return _scaled(values, _TWELVE if high <= _TWELVE else _SIXTEEN)
    if not (low >= 0 and high <= 255):  # NaN is neither
        raise DataError(
            f"{name} is an array of {values.dtype} from {low:g} to {high:g}; expected uint8, 0 to 255, or floats, 0 to "
            "1 or 0 to 255."
        )
    return _scaled(values, 1 if values.dtype.kind == "f" and high <= 1 + _ABOVE else 255)


def _told(image: Image.Image) -> float | None:
    """Return the value of white, if the file gives it."""
    if image.format == "PPM":
        return _SIXTEEN if image.mode.startswith("I") else None
    tags = getattr(image, "tag_v2", {})
    (bits, *_), (most, *_) = tags.get(_BITS, (16,)), tags.get(_MOST, (0,))
    if image.mode.startswith("I;16"):
        if 255 <= most <= _SIXTEEN:
            return float(most)
        if 8 < bits < 16:
            return float(2**bits - 1)
    return None


def _scaled(values: NDArray[Any], white: float) -> Pixels:
    if values.dtype == np.uint16:
        table: Pixels = _in_8_bits(np.arange(_SIXTEEN + 1), white)[values]
        return table
    made = np.empty(values.shape, np.uint8)
    rows = max(1, _BLOCK // max(1, values[:1].size))  # all at once, numbers of 4 and more bytes would fill the memory
    for start in range(0, len(values), rows):
        made[start : start + rows] = _in_8_bits(values[start : start + rows], white)
    return made


def _in_8_bits(values: NDArray[Any], white: float) -> Pixels:
    scaled: Pixels = (np.clip(values.astype(np.float32), 0, white) * (255 / white)).round().astype(np.uint8)
    return scaled
