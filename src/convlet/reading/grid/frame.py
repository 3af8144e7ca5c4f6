"""Find what may be a grid in a picture: a large connected mark, and its four corners."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.areas import areas, boxes
from convlet.reading.filters.extremes import spread
from convlet.reading.filters.hull import hull
from convlet.reading.place import Mask

Points = NDArray[np.float64]  # (n, 2), x and y in pixels

_SMALLEST = 0.15  # of the picture's longer side: the longer side of a grid
_MOST = 6  # marks that are looked at, the largest first
_HULL = 36  # corners of a hull that are compared
_FLAT = 1e-4  # of the picture's area: a smaller mark is a stroke


def frames_in(dark: Mask) -> Iterator[Points]:
    """Yield the corners of marks that may be grids, the largest first: (4, 2), clockwise from the upper left one.

    Args:
        dark: which pixels are darker than their background, (height, width).
    """
    labels, count = areas(spread(dark, 3, 3), corners=True)
    places = boxes(labels, count)
    sizes = places[:, 2:] - places[:, :2]
    for number in np.argsort(-sizes.prod(axis=1), kind="stable")[:_MOST]:
        if sizes[number].max() < _SMALLEST * max(dark.shape):
            return
        left, top, right, bottom = places[number].tolist()
        y, x = np.nonzero(labels[top:bottom, left:right] == number + 1)
        corners = _corners(np.stack([x + left, y + top], axis=1).astype(np.float64))
        if corners is not None and _area(corners) > _FLAT * dark.size:
            yield corners


def _corners(points: Points) -> Points | None:
    """Return the four points with the largest area between them; None if all are on one line."""
    rim = hull(points)
    if len(rim) < 4:
        return None
    rim = rim[np.unique(np.linspace(0, len(rim) - 1, _HULL).round().astype(int))] if len(rim) > _HULL else rim
    first, third = (each.ravel() for each in np.triu_indices(len(rim), 2))
    # For each diagonal, the farthest point on either side.
    way = rim[third] - rim[first]
    off = way[:, :1] * (rim[:, 1] - rim[first, 1:]) - way[:, 1:] * (rim[:, 0] - rim[first, :1])
    best = int((off.max(axis=1) - off.min(axis=1)).argmax())
    chosen = [first[best], off[best].argmin(), third[best], off[best].argmax()]
    corners = rim[chosen]
    middle = corners.mean(axis=0)
    corners = corners[np.argsort(np.arctan2(*(corners - middle).T[::-1]))]  # clockwise, as y points down
    turned: Points = np.roll(corners, -int((corners - corners.min(axis=0)).sum(axis=1).argmin()), axis=0)
    return turned


def _area(corners: Points) -> float:
    (x, y), (next_x, next_y) = corners.T, np.roll(corners, -1, axis=0).T
    return abs(float((x * next_y - next_x * y).sum())) / 2


def onto(corners: Points, width: float, height: float) -> Points:
    """Return the eight numbers of the perspective by which a rectangle's points lie between the corners.

    Of a point (x, y) of the rectangle that is ((a x + b y + c) / (g x + h y + 1), (d x + e y + f) / (g x + h y + 1)).
    """
    x, y = np.array([0, width, width, 0]), np.array([0, 0, height, height])
    nothing, one = np.zeros(4), np.ones(4)
    u, v = corners.T
    system = np.concatenate(
        [
            np.stack([x, y, one, nothing, nothing, nothing, -u * x, -u * y], axis=1),
            np.stack([nothing, nothing, nothing, x, y, one, -v * x, -v * y], axis=1),
        ]
    )
    numbers: Points = np.linalg.solve(system, np.concatenate([u, v]))
    return numbers


def through(perspective: Points, points: Points) -> Points:
    """Return where points of the rectangle, (..., 2), lie in the picture; see `onto`."""
    a, b, c, d, e, f, g, h = perspective
    x, y = points[..., 0], points[..., 1]
    below = g * x + h * y + 1
    return np.stack([(a * x + b * y + c) / below, (d * x + e * y + f) / below], axis=-1)
