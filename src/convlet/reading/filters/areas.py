"""Find the connected areas of a mask, the boxes around them, and what they enclose."""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.links import Numbers, joined

Labels = NDArray[np.int32]
Mask = NDArray[np.bool_]


def areas(mask: Mask, *, corners: bool = False) -> tuple[Labels, int]:
    """Number the connected areas from 1, in the order of their first pixels; 0 is outside.

    Args:
        mask: (height, width).
        corners: pixels that touch at a corner are connected too.

    Returns:
        Numbers, int32 (height, width), and how many areas there are.
    """
    height, width = mask.shape
    starts, ends = _runs(mask)
    # Of each run, the runs of the next row that touch it. In `flat` places a row is one pixel wider than the mask.
    below, reach = width + 1, int(corners)
    first = np.searchsorted(ends, starts + below - reach, side="right")
    last = np.searchsorted(starts, ends + below + reach, side="left")
    several = np.maximum(last - first, 0)
    one = np.repeat(np.arange(len(starts)), several)
    other = np.arange(several.sum()) - np.repeat(np.cumsum(several) - several, several) + np.repeat(first, several)
    number = (joined(len(starts), one, other) + 1).astype(np.int32)
    steps = np.zeros(height * below + 1, np.int32)
    steps[starts] = number
    steps[ends] -= number
    labels: Labels = np.cumsum(steps[:-1], dtype=np.int32).reshape(height, below)[:, :width]
    return np.ascontiguousarray(labels), int(number.max(initial=0))


def boxes(labels: Labels, count: int) -> NDArray[np.int64]:
    """Return the box around each area, int64 (count, 4): left, top, right and bottom, the last two exclusive.

    Every number from 1 to `count` must be there.
    """
    height, width = labels.shape
    apart = np.zeros((height, width + 1), labels.dtype)
    apart[:, :width] = labels
    flat = apart.ravel()
    ends = np.flatnonzero(flat[1:] != flat[:-1]) + 1
    starts = np.concatenate([np.zeros(1, np.intp), ends])[:-1]
    there = flat[starts] > 0
    starts, ends = starts[there], ends[there]
    which = flat[starts] - 1
    top, left = np.divmod(starts, width + 1)
    found = np.empty((count, 4), np.int64)
    found[:, :2], found[:, 2:] = max(labels.shape), 0
    np.minimum.at(found[:, 0], which, left)
    np.minimum.at(found[:, 1], which, top)
    np.maximum.at(found[:, 2], which, left + ends - starts)
    np.maximum.at(found[:, 3], which, top + 1)
    return found


def filled(mask: Mask) -> Mask:
    """Return a mask with its holes: what the outside cannot reach through sides of pixels."""
    labels, _ = areas(np.pad(~mask, 1, constant_values=True))
    whole: Mask = labels[1:-1, 1:-1] != labels[0, 0]
    return whole


def nearest(mask: Mask) -> tuple[Numbers, Numbers]:
    """Return the row and the column of the nearest pixel of the mask for each pixel, two of (height, width).

    For small masks: it compares all columns with all. Of pixels equally near, the one further left is taken, and of
    those in one column the upper one.
    """
    height, width = mask.shape
    rows = np.arange(height)[:, np.newaxis]
    above = np.maximum.accumulate(np.where(mask, rows, -3 * height - width), axis=0)
    under = np.minimum.accumulate(np.where(mask, rows, 4 * height + width)[::-1], axis=0)[::-1]
    row = np.where(rows - above <= under - rows, above, under)
    columns = np.arange(width)
    off = ((row - rows) ** 2)[:, np.newaxis, :] + (columns[:, np.newaxis] - columns) ** 2
    column = off.argmin(axis=2)
    return row[rows, column], column


def _runs(mask: Mask) -> tuple[Numbers, Numbers]:
    """Return where each row's runs of pixels start and end, in flat places of rows one pixel wider than the mask."""
    height, width = mask.shape
    flat = np.zeros((height, width + 1), bool)
    flat[:, :width] = mask
    changes = np.flatnonzero(flat.ravel()[1:] != flat.ravel()[:-1]) + 1
    if mask.size and mask[0, 0]:
        changes = np.concatenate([np.zeros(1, np.intp), changes])
    return changes[::2], changes[1::2]
