"""Follow the lines that run across a grid, straight or bent, and say how whole each is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.extremes import in_runs, spread
from convlet.reading.filters.means import bell, evened
from convlet.reading.place import Mask

_RUN = 0.4  # of a cell's width: dark pixels in a row that may be part of a line
_APART = 0.25  # of a cell's height: two lines are at least so far apart
_WHOLE = 0.6  # of its length is seen
_MORE = 3  # lines that are looked for beyond those expected
_LESS = 0.12  # less of it is seen than of the others: a row of characters, and no line
_THICK = 0.25  # of a cell's height: a thicker mark is no line
_TURN = 0.35  # of what a line's pixel counts: the cost of a step up or down
_STEP = 3  # pixels across for one up or down: lines are nearly level


class Line(NamedTuple):
    """A line from the left to the right side.

    Attributes:
        y: its middle at each x, in pixels, float64 (width,).
        seen: the share of it that is dark.
    """

    y: NDArray[np.float64]
    seen: float


def lines_across(dark: Mask, count: int, cell: tuple[float, float], rim: int) -> list[Line]:
    """Return the lines that run across, from the top down: those that are whole, at most three more than expected.

    More than expected are returned only if all are equally whole.

    Args:
        dark: which pixels are darker than their background, (height, width).
        count: the lines expected.
        cell: (width, height) of a usual cell, in pixels.
        rim: pixels on the left and right where lines have ended.
    """
    long = max(3, round(_RUN * cell[0]))
    thickened: Mask = spread(dark, 3, 1)
    level: Mask = in_runs(thickened, long) & thickened
    # The middle of a line counts most, so that a thick one is followed along its middle.
    heavy = np.where(level, evened(level.astype(np.float32), 3, 0), np.float32(0))
    places = np.arange(0, dark.shape[1], _STEP)
    weight = (np.add.reduceat(heavy, places, axis=1) / _STEP).astype(np.float32)
    inner = slice(rim // _STEP, weight.shape[1] - rim // _STEP)
    apart = max(2, round(_APART * cell[1]))
    rows = np.arange(-apart, apart + 1)[:, np.newaxis]
    found: list[Line] = []
    for _ in range(count + _MORE):
        if np.any(weight > 0, axis=0)[inner].mean() < _WHOLE:
            break
        path = _path(weight)
        seen = float((weight[path, np.arange(len(path))] > 0)[inner].mean())
        if seen < _WHOLE:
            break
        whole = np.interp(np.arange(dark.shape[1]), places + (_STEP - 1) / 2, path).round().astype(np.intp)
        y, thick = _middle(level, whole, apart)
        if thick < _THICK * cell[1] + 2:
            found.append(Line(y, seen))
        weight[np.clip(path + rows, 0, len(weight) - 1), np.arange(len(path))] = 0
    found.sort(key=lambda line: -line.seen)
    if len(found) > count and found[count].seen < found[count - 1].seen - _LESS:
        found = found[:count]
    return sorted(found, key=lambda line: float(np.median(line.y)))


def _path(weight: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the row at each column of the path from left to right, at most one up or down a step, that weighs most."""
    height, width = weight.shape
    best = np.full(height + 2, -np.inf)  # a row more above and below, from which no path comes
    best[1:-1] = weight[:, 0]
    came = np.zeros((width, height), np.int8)
    ways = np.empty((3, height))
    for x, column in enumerate(weight.T[1:], 1):
        ways[0] = best[:-2] - _TURN
        ways[1] = best[1:-1]
        ways[2] = best[2:] - _TURN
        came[x] = ways.argmax(axis=0)
        best[1:-1] = ways.max(axis=0) + column
    path = np.empty(width, np.intp)
    path[-1] = best[1:-1].argmax()
    for x in range(width - 1, 0, -1):
        path[x - 1] = path[x] + came[x, path[x]] - 1
    return path


def _middle(level: Mask, path: NDArray[np.intp], reach: int) -> tuple[NDArray[np.float64], float]:
    """Return the middle of the line along a path, smoothed, (width,), and how thick it usually is, in pixels.

    No line is more than `reach` pixels from the path.
    """
    rows = np.clip(path + np.arange(-reach, reach + 1)[:, np.newaxis], 0, len(level) - 1)
    there = level[rows, np.arange(len(path))]
    # Only what is connected with the path itself.
    up = np.cumprod(there[reach::-1], axis=0).sum(axis=0)
    down = np.cumprod(there[reach:], axis=0).sum(axis=0)
    on = there[reach]
    off = np.where(on, (down - up) / 2.0, 0.0)
    smooth: NDArray[np.float64] = bell(path + off, max(2.0, reach / 2), (0,), "edge")
    return smooth, float(np.median((up + down - 1)[on])) if on.any() else 0.0
