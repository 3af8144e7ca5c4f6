"""Find frames: a box or circle drawn around characters."""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Box
from convlet.reading.strokes import Parts

_LARGE = 1.4  # times as high or wide as what is inside
_INSIDE = 0.2  # of the frame's shorter side: lower ink inside, such as a dot in a zero, makes no frame
_TALLER = 1.3  # times as high as the characters around it
_THIN = 0.3  # of its box: a frame is mostly paper
_MOST = 60  # parts that are looked at, the largest first
_WAYS = 3  # of four: a frame may be open, or have a gap


def frames(parts: Parts) -> NDArray[np.intp]:
    """Return the numbers of parts that are drawn around others."""
    sizes = parts.sizes
    found = []
    for part in np.argsort(-parts.longer, kind="stable")[:_MOST]:
        left, top, right, bottom = parts.boxes[part]
        width, height = sizes[part]
        if parts.area[part] > _THIN * width * height:
            continue
        x, y = (parts.boxes[:, 0] + parts.boxes[:, 2]) // 2, (parts.boxes[:, 1] + parts.boxes[:, 3]) // 2
        within = (
            (parts.boxes[:, :2] > (left, top)).all(axis=1)
            & (parts.boxes[:, 2:] < (right, bottom)).all(axis=1)
            & (sizes[:, 1] > _INSIDE * min(width, height))
            & (sizes * _LARGE < (width, height)).all(axis=1)
        )
        inner = np.flatnonzero(within)
        beside = ~within & (sizes[:, 1] > _INSIDE * height)
        beside[part] = False
        if beside.any() and height < _TALLER * np.median(sizes[beside, 1]):
            continue  # a zero with a dot or a slash among other digits
        mine = Box(left, top, right, bottom).cut(parts.labels) == part + 1
        if len(inner) and _is_around(mine, x - left, y - top, inner):
            found.append(part)
    return np.array(found, np.intp)


def _is_around(mine: NDArray[np.bool_], x: NDArray[np.int64], y: NDArray[np.int64], inner: NDArray[np.intp]) -> bool:
    """Return whether ink lies in nearly all directions from the middle of each inner part."""
    for part in inner:
        row, column = mine[y[part]], mine[:, x[part]]
        ways = (row[: x[part]], row[x[part] :], column[: y[part]], column[y[part] :])
        if sum(bool(way.any()) for way in ways) < _WAYS:
            return False
    return True
