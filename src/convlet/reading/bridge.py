"""Join the pieces of strokes that a fine or drying pen left broken."""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.boxes import tall
from convlet.reading.filters.areas import areas
from convlet.reading.filters.extremes import spread
from convlet.reading.strokes import Parts

_FINE = 3.0  # pixels: wider strokes do not break
_GAPS = (3, 2, 1)  # pixels around each piece: the gaps that are joined are twice as wide
_SMALL = 0.06  # of a character's height: joining over more would join neighbors
_BROKEN = 0.6  # of the pieces remain, or fewer: they were broken


def bridged(parts: Parts) -> Parts:
    """Return the parts with broken pieces joined, if the strokes are fine and most of them are broken."""
    pen = parts.thick * parts.longer
    if float(np.average(pen, weights=parts.area)) > _FINE:
        return parts
    ink = parts.labels > 0
    for gap in _GAPS:
        wider, _ = areas(spread(ink, 2 * gap + 1, 2 * gap + 1), corners=True)
        first = np.full(len(parts.area) + 1, -1)
        first[parts.labels[ink]] = wider[ink]
        _, group = np.unique(first[1:], return_inverse=True)
        joined = _joined(parts, group)
        if gap <= _SMALL * tall(joined.boxes) and len(joined.area) <= _BROKEN * len(parts.area):
            return joined
    return parts


def _joined(parts: Parts, group: NDArray[np.intp]) -> Parts:
    """Return parts that are unions of others: `group` has the number of each one's union."""
    count = int(group.max()) + 1

    def total(values: NDArray[np.float64]) -> NDArray[np.float64]:
        sums: NDArray[np.float64] = np.bincount(group, values, count).astype(np.float64)
        return sums

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return total(values * parts.area) / area

    area = total(parts.area)
    start, end = np.full((count, 2), np.iinfo(np.int64).max), np.zeros((count, 2), np.int64)
    np.minimum.at(start, group, parts.boxes[:, :2])
    np.maximum.at(end, group, parts.boxes[:, 2:])
    boxes = np.concatenate([start, end], axis=1)
    longer = (boxes[:, 2:] - boxes[:, :2]).max(axis=1)
    outline = total(2 * parts.area / np.maximum(parts.thick * parts.longer, 1e-6))
    return Parts(
        labels=np.concatenate([[0], group + 1]).astype(np.int32)[parts.labels],
        boxes=boxes,
        area=area,
        level=mean(parts.level),
        sharp=mean(parts.sharp),
        thick=2 * area / np.maximum(outline, 1) / longer,
        touch=total(parts.touch * parts.longer) / longer,
    )
