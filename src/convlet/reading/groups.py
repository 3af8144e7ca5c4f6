"""Group connected parts of ink into characters."""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.boxes import apart, in_a_line, merged
from convlet.reading.frames import frames
from convlet.reading.place import Box
from convlet.reading.strokes import Parts

_MOST = 1500  # marks on a page; more form a texture
_SPECK = 0.3  # of a character's usual height; smaller isolated ink is a speck
_DOT = 0.12  # of the height: the smallest part of a character
_LOW = 0.55  # of the height; lower ink may be the bar of a "5", the dot of an "i" or a broken piece
_PALE = 0.5  # of the next character's strength: paler isolated ink is what remains of a printed line
_NEAR = 0.22  # of the height: how close low ink is to its character


def characters(parts: Parts, *, next_to: bool = True, most: int = _MOST) -> list[NDArray[np.intp]]:
    """Return the numbers of the parts that form each character of a page; none if more than `most` are likely.

    They include small ink `next_to` them, close to the left or right: the bar of a 5, but also a minus.
    """
    likely = parts.likely()
    if len(likely) <= _MOST:
        likely[frames(parts)] = 0
    if not likely.max(initial=0):
        return []
    heights = parts.sizes[:, 1]
    good = likely > 0.02 * likely.max()
    usual = float(np.median(heights[good & (heights > 0.3 * np.percentile(heights[good], 90))]))
    strong = parts.level > 0.3 * np.median(parts.level[good])
    beside = (parts.boxes[:, :2].min(axis=1) < 4) | ((parts.labels.shape[::-1] - parts.boxes[:, 2:]).min(axis=1) < 4)
    thin = parts.sizes.min(axis=1) < 0.1 * usual
    bar = (parts.sizes.min(axis=1) < 0.25 * usual) & (parts.longer > 1.8 * usual)
    edge = (parts.touch > 0.5) | (beside & (thin | bar | (heights < _SPECK * usual)))  # of another sheet
    kept = np.flatnonzero(
        (likely > 0)
        & strong
        & ~edge
        & (parts.longer > _DOT * usual)
        & (parts.longer < 5 * usual)
        & (parts.area > 0.0005 * usual**2)
    )
    if len(kept) > most:
        return []
    groups = merged(parts.boxes, kept[np.argsort(-heights[kept], kind="stable")], usual)
    large = [group for group in groups if parts.around(group).height > _LOW * usual]
    outlines = [_points(parts, group) for group in large]
    bounds = np.array([parts.around(group) for group in large]).reshape(-1, 4)  # from the outlines, which do not grow
    boxes = bounds.copy()
    alone = []
    for group in groups:
        box = parts.around(group)
        if box.height > _LOW * usual:
            continue
        points = _points(parts, group)
        gaps = {
            int(other): _gap(points, outlines[other]) for other in np.flatnonzero(apart(box, bounds) < _NEAR * usual)
        }
        nearest = min(gaps, key=gaps.__getitem__, default=0)
        if (
            gaps
            and (next_to or _is_over(box, bounds[nearest]))
            and gaps[nearest] < _NEAR * usual
            and parts.around(joined := np.concatenate([large[nearest], group])).height < 1.5 * usual
        ):
            large[nearest] = joined
            boxes[nearest] = parts.around(large[nearest])
        elif parts.longer[group].max() > _SPECK * usual and in_a_line(box, boxes, usual):
            beside = large[int(apart(box, bounds).argmin())]
            if parts.level[group].max() > _PALE * parts.level[beside].max():
                alone.append(group)
    return large + alone


def _is_over(box: Box, other: NDArray[np.int64]) -> bool:
    """Return whether a box is mostly above, below or inside another one."""
    return bool(min(box.right, other[2]) - max(box.left, other[0]) > 0.5 * box.width)


def _gap(points: NDArray[np.int64], others: NDArray[np.int64]) -> float:
    return float(np.sqrt(((points[:, np.newaxis] - others) ** 2).sum(axis=-1).min()))


def _points(parts: Parts, group: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return a few hundred pixels of the parts, (n, 2)."""
    box = parts.around(group)
    points: NDArray[np.int64] = np.add(np.argwhere(parts.mask(group, box)), (box.top, box.left))
    return points[:: max(1, len(points) // 300)]
