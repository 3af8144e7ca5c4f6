"""Measure arrays of pixels and masks, for several rooms."""

from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels: TypeAlias = NDArray[np.uint8]
_Pixel = TypeVar("_Pixel", bound=np.generic)


def pixels_of(picture: Image.Image) -> Pixels:
    """Return the pixels of a picture in mode L or RGB, (height, width, 1 or 3)."""
    pixels = np.asarray(picture)
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def border(pixels: NDArray[_Pixel]) -> NDArray[_Pixel]:
    """Return the pixels along the four sides of (height, width, ...), corners twice."""
    return np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])


def borders(images: Pixels) -> Pixels:
    """Return the pixels along the sides of each image, (n, pixels)."""
    return np.concatenate([images[:, 0], images[:, -1], images[:, 1:-1, 0], images[:, 1:-1, -1]], axis=1)


def ends(used: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return for each row (n, length) the index of the first True and one past the last; both 0 if there is none."""
    last = np.where(used.any(axis=1), used.shape[1] - used[:, ::-1].argmax(axis=1), 0)
    return used.argmax(axis=1), last


def outlines(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the length of each mask's outline by Crofton's formula: pi/4 times the steps along rows and columns."""
    padded = np.pad(masks, ((0, 0), (1, 1), (1, 1)))
    steps = sum(np.diff(padded, axis=axis).sum(axis=(1, 2)) for axis in (1, 2))
    lengths: NDArray[np.float64] = np.pi / 4 * steps
    return lengths
