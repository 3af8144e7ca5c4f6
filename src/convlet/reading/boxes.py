"""Compare boxes around ink, one with all others in one step: a page of noise has thousands.

A box is left, top, right, bottom in pixels, the last two exclusive.
"""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Box

Boxes = NDArray[np.int64]
_TALL = 0.4  # of the tallest tenth: lower ink does not tell how tall a character is


def tall(boxes: Boxes) -> float:
    """Return the usual height of characters among marks of all sizes, (n, 4), in pixels; 1 if there are none."""
    heights = boxes[:, 3] - boxes[:, 1]
    return float(np.median(heights[heights > _TALL * np.percentile(heights, 90)])) if len(heights) else 1.0


def merged(boxes: Boxes, order: NDArray[np.intp], usual: float) -> list[NDArray[np.intp]]:
    """Group boxes, (n, 4), whose strokes form one character, one stroke above the other.

    It takes the boxes with the numbers in `order`; each joins the first one it overlaps, until none overlap. `usual` is
    the usual height of a character.
    """
    groups = [np.array([number]) for number in order]
    around = boxes[order]
    place = 0
    while place < len(groups):
        met = _overlap(around[place], around, usual)
        met[place] = False
        if not met.any():
            place += 1
            continue
        # Earlier boxes can overlap only what has just grown here: no need to start over.
        place, other = sorted((place, int(met.argmax())))
        groups[place] = np.concatenate([groups[place], groups.pop(other)])
        around[place, :2] = np.minimum(around[place, :2], around[other, :2])
        around[place, 2:] = np.maximum(around[place, 2:], around[other, 2:])
        around = np.delete(around, other, axis=0)
    return groups


def apart(box: Box, others: Boxes) -> NDArray[np.float64]:
    """Return the distance from a box to each other box, (n,)."""
    gaps = np.maximum(np.maximum(others[:, :2] - box[2:], box[:2] - others[:, 2:]) + 1, 0)
    distance: NDArray[np.float64] = np.hypot(*gaps.T)
    return distance


def in_a_line(box: Box, others: Boxes, usual: float) -> bool:
    """Return whether a box is level with a character close to its left or right."""
    middle = (box[1] + box[3]) / 2
    beside = np.maximum(others[:, 0] - box[2], box[0] - others[:, 2]) < 2 * usual
    return bool((beside & (others[:, 1] < middle) & (middle < others[:, 3])).any())


def _overlap(one: NDArray[np.int64], others: Boxes, usual: float) -> NDArray[np.bool_]:
    """Return which others hold strokes of the same character, (n,): above each other, but not two tall slanted ones."""
    across, down = (np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])).T
    tall = np.maximum(one[3], others[:, 3]) - np.minimum(one[1], others[:, 1]) > 1.5 * usual
    tall |= np.minimum(one[3] - one[1], others[:, 3] - others[:, 1]) > 0.8 * usual
    narrower = np.minimum(one[2] - one[0], others[:, 2] - others[:, 0])
    met: NDArray[np.bool_] = ~tall & (across > 0.5 * narrower) & (down > -0.2 * usual)
    return met
