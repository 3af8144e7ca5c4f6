"""Smooth values: means, weighted means and medians of what is around each."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Array = NDArray[Any]
_WIDE = 4.0  # times sigma: where the bell curve is cut off


def bell(values: Array, sigma: float, axes: tuple[int, ...], around: Literal["symmetric", "edge"]) -> Array:
    """Return means weighted by a bell curve, of the dtype of the values.

    Args:
        values: floats of any shape.
        sigma: of the curve, in pixels.
        axes: along which, one after the other.
        around: what is beyond the ends: the values mirrored, or the last one.
    """
    reach = int(_WIDE * sigma + 0.5)
    weights = np.exp(-0.5 / (sigma * sigma) * np.arange(-reach, reach + 1) ** 2)
    weights /= weights.sum()
    for axis in axes:
        padded = np.moveaxis(_padded(values, reach, axis, around).astype(np.float64), axis, 0)
        count = values.shape[axis]
        total = padded[reach : reach + count] * weights[reach]
        for off in range(-reach, 0):  # from the outside in, as SciPy adds: sums of floats depend on the order
            total += (padded[reach + off : reach + off + count] + padded[reach - off : reach - off + count]) * weights[
                reach + off
            ]
        values = np.moveaxis(total, 0, axis).astype(values.dtype)
    return values


def evened(values: NDArray[np.float32], size: int, axis: int) -> NDArray[np.float32]:
    """Return the mean of `size` values, an odd number, along an axis around each one; mirrored beyond the ends."""
    padded = np.moveaxis(_padded(values, size // 2, axis, "symmetric").astype(np.float64), axis, 0)
    count = values.shape[axis]
    total = padded[:count].copy()
    for off in range(1, size):
        total += padded[off : off + count]
    means: NDArray[np.float32] = np.moveaxis(total / size, 0, axis).astype(np.float32)
    return means


def medians(values: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Return the median of `size` values around each of a row; the last one is repeated beyond the ends.

    Of an even number of values, it is the upper one of the two in the middle.
    """
    padded = np.pad(values, (size // 2, size - 1 - size // 2), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, size)
    middles: NDArray[np.float32] = np.partition(windows, size // 2, axis=1)[:, size // 2]
    return middles


def median_tones(picture: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Return the median of the `size` x `size` tones, odd, around each pixel of (height, width, 3), in each channel."""
    reach = size // 2
    padded = np.pad(picture, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    found = np.asarray(Image.fromarray(padded).filter(ImageFilter.MedianFilter(size)))
    return found[reach:-reach, reach:-reach]


def group_medians(values: NDArray[np.float32], groups: NDArray[np.intp], count: int) -> NDArray[np.float32]:
    """Return the median of each group's values, (count,).

    A group without values gets the lowest value of the first group, as SciPy gives it.
    """
    order = np.lexsort((values.ravel(), groups.ravel()))
    values, groups = values.ravel()[order], groups.ravel()[order]
    first, last = (np.searchsorted(groups, np.arange(count), side) for side in ("left", "right"))
    last = last - 1
    none = last < first
    step = (last - first) // 2
    low, high = np.where(none, 0, first + step), np.where(none, 0, last - step)
    middles: NDArray[np.float32] = (values[low] + values[high]) / np.float32(2)
    return middles


def _padded(values: Array, reach: int, axis: int, around: Any) -> Array:
    wide = [(0, 0)] * values.ndim
    wide[axis] = (reach, reach)
    return np.pad(values, wide, mode=around)
