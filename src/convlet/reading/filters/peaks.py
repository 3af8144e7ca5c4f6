"""Find the peaks of a curve."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def peaks(curve: NDArray[Any], least: float) -> NDArray[np.intp]:
    """Return the places of peaks that stand at least `least` above the higher of the two valleys beside them.

    A valley is the lowest place before the curve is higher than the peak, or ends. Of a flat peak it is the middle, of
    two middles the left one.
    """
    ends = np.flatnonzero(np.diff(curve) != 0)
    starts = np.concatenate([[0], ends + 1])
    ends = np.concatenate([ends, [len(curve) - 1]])
    heights = curve[starts]
    tops = np.flatnonzero((heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])) + 1
    found = []
    for top in tops.tolist():
        height = heights[top]
        above = np.flatnonzero(heights[:top] > height)
        left = heights[above[-1] + 1 if len(above) else 0 : top + 1].min()
        above = np.flatnonzero(heights[top + 1 :] > height)
        right = heights[top : top + 1 + (above[0] if len(above) else len(heights))].min()
        if height - max(left, right) >= least:
            found.append((int(starts[top]) + int(ends[top])) // 2)
    return np.array(found, np.intp)
