"""The highest and lowest values around each pixel; masks spread and worn."""

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
Mask = NDArray[np.bool_]
Around = Literal["symmetric", "edge"]


def highest(values: Array, size: int, axis: int, around: Around = "symmetric", shift: int = 0) -> Array:
    """Return the highest of `size` values along an axis around each one.

    Args:
        values: numbers or a mask, of any shape.
        size: how many; of an even number one more before than after.
        axis: along which.
        around: what is beyond the ends: the values mirrored, or the last one.
        shift: how many more values before and fewer after.
    """
    return _extreme(np.maximum, values, size, axis, shift, {"mode": around})


def lowest(values: Array, size: int, axis: int, around: Around = "symmetric") -> Array:
    """Return the lowest of `size` values along an axis around each one, see `highest`."""
    return _extreme(np.minimum, values, size, axis, 0, {"mode": around})


def closed(values: Array, height: int, width: int) -> Array:
    """Fill dark places smaller than (height, width), both odd, with what is around them."""
    for find in (highest, lowest):
        values = find(find(values, height, 0), width, 1)
    return values


def spread(mask: Mask, height: int, width: int) -> Mask:
    """Return every pixel that has one of the mask in the (height, width), both odd, around it."""
    for axis, size in enumerate((height, width)):
        mask = _extreme(np.logical_or, mask, size, axis, 0, {"mode": "constant"}) if size > 1 else mask
    return mask


def beside(mask: Mask, times: int = 1) -> Mask:
    """Add the pixels that share a side with one of the mask, several times."""
    for _ in range(times):
        grown = mask.copy()
        grown[1:] |= mask[:-1]
        grown[:-1] |= mask[1:]
        grown[:, 1:] |= mask[:, :-1]
        grown[:, :-1] |= mask[:, 1:]
        mask = grown
    return mask


def worn(mask: Mask, times: int = 1, *, at_border: bool) -> Mask:
    """Take away the pixels that share a side with one outside the mask, several times; `at_border` the picture's too.

    The opposite of `beside`.
    """
    outside = beside(np.pad(~mask, times, constant_values=at_border), times)
    return ~outside[times:-times, times:-times]


def in_runs(mask: Mask, long: int) -> Mask:
    """Return the pixels that are in horizontal runs of at least `long` pixels."""
    if mask.shape[1] < long:
        return np.zeros_like(mask)
    starts = _running(np.logical_and, mask, long)
    found: Mask = _running(np.logical_or, np.pad(starts, ((0, 0), (long - 1, long - 1))), long)
    return found


def is_thicker(mask: Mask, least: float) -> bool:
    """Return whether a pixel of the mask is at least `least` from all outside it; its rows or its columns away.

    What is beyond the picture counts as the mask.
    """
    side = 2 * int(np.ceil(least)) - 1
    return not bool(spread(~mask, side, side).all())


def _extreme(take: Any, values: Array, size: int, axis: int, shift: int, pad: Any) -> Array:
    before = size // 2 + shift
    wide = [(0, 0)] * values.ndim
    wide[axis] = (before, size - 1 - before)
    padded = np.moveaxis(np.pad(values, wide, **pad), axis, -1)
    return np.moveaxis(_running(take, padded, size), -1, axis)


def _running(take: Any, values: Array, size: int) -> Array:
    """Return the extreme of each `size` values in a row along the last axis, which gets shorter by `size` - 1."""
    reach = 1
    while 2 * reach <= size:
        values = take(values[..., :-reach], values[..., reach:])
        reach *= 2
    if rest := size - reach:
        values = take(values[..., :-rest], values[..., rest:])
    return values
