"""Find the corners around points.

They are those of Qhull, from another one on: of a hull with very many, another choice is looked at by `grid/frame`.
"""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def hull(points: Points) -> Points:
    """Return the corners of the convex hull, (m, 2), each once, from the leftmost on; of points in a line its ends.

    Args:
        points: x and y, float64 (n, 2), n at least 1; whole numbers, with which the sums are exact.
    """
    ordered = np.unique(points, axis=0)
    # Of each x only the lowest and the highest point can be a corner.
    first = np.flatnonzero(np.diff(ordered[:, 0], prepend=-np.inf))
    last = np.concatenate([first[1:], [len(ordered)]]) - 1
    lower, upper = _chain(ordered[first].tolist()), _chain(ordered[last][::-1].tolist())
    corners = [*lower, *upper]
    each = [one for number, one in enumerate(corners) if one != corners[number - 1]]
    return np.array(each or corners[:1])


def _chain(points: list[list[float]]) -> list[list[float]]:
    """Return the points at which a way along them only turns left."""
    way: list[list[float]] = []
    for x, y in points:
        while len(way) > 1:
            (x0, y0), (x1, y1) = way[-2:]
            if (x1 - x0) * (y - y0) - (y1 - y0) * (x - x0) > 0:
                break
            way.pop()
        way.append([x, y])
    return way
