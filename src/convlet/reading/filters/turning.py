"""Turn a mask."""

import numpy as np
from numpy.typing import NDArray


def turned_by_45(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return how much of each pixel is ink after a turn by 45 degrees, float32, whole; between pixels it is linear."""
    half = np.sqrt(0.5)
    turn = np.array([[half, half], [-half, half]])
    height, width = mask.shape
    around = turn @ np.array([[0, 0, height, height], [0, width, 0, width]])
    size = (np.ptp(around, axis=1) + 0.5).astype(int)
    off = (np.array(mask.shape) - 1) / 2 - turn @ ((size - 1) / 2)
    rows, columns = np.arange(size[0])[:, np.newaxis], np.arange(size[1])
    y = off[0] + rows * turn[0, 0] + columns * turn[0, 1]
    x = off[1] + rows * turn[1, 0] + columns * turn[1, 1]
    inside = (y >= 0) & (y <= height - 1) & (x >= 0) & (x <= width - 1)
    top, left = np.floor(y).astype(np.intp), np.floor(x).astype(np.intp)
    down, across = y - top, x - left
    ink = np.pad(mask, 1).astype(np.float64)
    total = np.zeros(tuple(size))
    for one, weight in ((0, 1 - down), (1, down)):
        for other, more in ((0, 1 - across), (1, across)):
            at = np.clip(top + one + 1, 0, height + 1), np.clip(left + other + 1, 0, width + 1)
            total += ink[at] * weight * more
    return np.where(inside, total, 0).astype(np.float32)
