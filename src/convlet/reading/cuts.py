"""Cut ink into pieces where the least ink is in the way, for characters that touch."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.reading.filters.areas import areas, filled
from convlet.reading.filters.extremes import lowest
from convlet.reading.filters.peaks import peaks
from convlet.reading.place import EDGE, Box, Floats, ink_box, pen_width

_PAPER = 0.02  # what a step over paper costs; one through full ink costs 1
_ASIDE = 0.012  # what a step to the left or right costs more
_APART = 0.07  # of a character's height: the least between two cuts
_NOTCH, _LEANING = 0.08, 0.4  # how deep a notch between bulges is, and how far apart the upper and the lower one
_MARGIN = 3  # pixels, for the gray edges of strokes
_MOST = 48  # cuts in one piece of ink
_LOOP = 0.15  # how far a cut runs inside a loop that it opens
_SLIVER = 0.1  # of a stroke as long as a character is high: the least ink between two cuts
_TOGETHER = 9  # neighboring pieces that may form a character
_WIDEST = 1.5  # of a character's height
FREE = 0.2  # strokes: a cut through fewer goes beside the ink
_SMALL = 0.4  # of the same: smaller pieces are no character


class Piece(NamedTuple):
    """Ink between two cuts.

    Attributes:
        start, end: the numbers of the cuts; 0 is before the ink, and the last one after it.
        ink: of this piece alone, cut to its box and a margin.
        box: around it, in the whole's pixels.
        crossed: how many strokes the cut at its end goes through.
        loops: how many closed loops of ink that cut opens.
        alone: whether neither cut goes through ink.
        bridges: how many cuts inside it go through none: gaps that it bridges.
    """

    start: int
    end: int
    ink: Floats
    box: Box
    crossed: float
    loops: int
    alone: bool
    bridges: int


class Cut(NamedTuple):
    """A way through ink from the top to the bottom.

    Attributes:
        columns: (height,), the column in each row.
        ink: how much it crosses, in pixels of full ink.
        loops: how many areas of paper it crosses that ink encloses.
    """

    columns: NDArray[np.int64]
    ink: float
    loops: int


def pieces(ink: Floats, usual: float) -> tuple[list[Piece], int]:
    """Return every part of some ink that may be a character, and the number of the last cut.

    Args:
        ink: (height, width), 0 to 1.
        usual: the height of a character in pixels.
    """
    ways, place = cuts(ink, usual), np.arange(ink.shape[1])
    # Which strip between two cuts each pixel is in.
    strip = np.zeros(ink.shape, np.int64)
    for way in ways:
        strip += place > way.columns[:, np.newaxis]
    pen = max(1.0, pen_width(ink))
    crossed, loops = [way.ink / pen for way in ways] + [0.0], [way.loops for way in ways] + [0]
    found = []
    for start in range(len(ways) + 1):
        for end in range(start + 1, min(len(ways) + 1, start + _TOGETHER) + 1):
            mine = np.where((strip >= start) & (strip < end), ink, np.float32(0))
            box = ink_box(mine > EDGE)
            if box is None:
                continue
            if box.width > _WIDEST * usual and end - start <= len(ways):  # the whole is always one candidate
                continue
            if box.longer > _SMALL * usual:
                alone = max(crossed[start - 1] if start else 0.0, crossed[end - 1]) < FREE
                gaps = sum(each < FREE for each in crossed[start : end - 1])
                found.append(Piece(start, end, _around(mine, box), box, crossed[end - 1], loops[end - 1], alone, gaps))
    if len(ways) + 1 > _TOGETHER and (box := ink_box(ink > EDGE)) is not None:
        gaps = sum(each < FREE for each in crossed[:-1])
        found.append(Piece(0, len(ways) + 1, _around(ink, box), box, 0.0, 0, alone=True, bridges=gaps))
    return found, len(ways) + 1


def _around(ink: Floats, box: Box) -> Floats:
    """Return the ink in a box and its margin, in memory of its own."""
    left, top = max(0, box.left - _MARGIN), max(0, box.top - _MARGIN)
    return ink[top : box.bottom + _MARGIN, left : box.right + _MARGIN].copy()


def cuts(ink: Floats, usual: float) -> list[Cut]:
    """Return the ways from the top to the bottom through little ink, from left to right."""
    ways = sorted(_least_ink(ink, usual) + _between_bulges(ink, usual), key=lambda way: float(way.mean()))
    return _apart(ways, ink, usual)


def _least_ink(ink: Floats, usual: float) -> list[NDArray[np.int64]]:
    """Return the ways with less ink than those on both sides."""
    cost = np.clip(ink, 0, 1) + _PAPER
    above, below = _cheapest(cost), _cheapest(cost[::-1])[::-1]
    middle = len(ink) // 2
    places = _lowest((above + below - cost)[middle], max(2, round(_APART * usual)))
    ways = np.empty((len(ink), len(places)), np.int64)
    ways[middle] = places
    aside = _aside(above)
    for row in range(middle - 1, -1, -1):
        ways[row] = ways[row + 1] + aside[row, ways[row + 1]]
    aside = _aside(below)
    for row in range(middle + 1, len(ink)):
        ways[row] = ways[row - 1] + aside[row, ways[row - 1]]
    return list(ways.T)


def _apart(ways: list[NDArray[np.int64]], ink: Floats, usual: float) -> list[Cut]:
    """Return the cuts along ways in order from the left; of those with only a sliver between them the best one."""
    over = ink > EDGE
    inside, _ = areas(filled(over) & ~over)
    columns, rows = np.arange(ink.shape[1]), np.arange(len(ink))
    sliver = _SLIVER * usual * max(1.0, pen_width(ink))
    before: NDArray[np.int64] = np.zeros(len(ink), np.int64)
    found: list[Cut] = []
    for wanted in ways:
        way = np.maximum(wanted, before)
        strip = (columns > before[:, np.newaxis]) & (columns <= way[:, np.newaxis])
        crossed = float(ink[rows, way].sum())
        if float(ink[strip].sum()) < sliver:
            if not found or crossed >= found[-1].ink:
                continue
            found.pop()
        through = np.bincount(inside[rows, way])[1:]
        found.append(Cut(way, crossed, int((through > _LOOP * usual).sum())))
        before = way
    least = sorted(range(len(found)), key=lambda place: found[place].ink)[:_MOST]
    return [found[place] for place in sorted(least)]


def _between_bulges(ink: Floats, usual: float) -> list[NDArray[np.int64]]:
    """Return straight ways from a notch in the upper outline to one in the lower outline: round strokes that touch."""
    over = ink > EDGE
    filled = over.any(axis=0)
    height = len(over)
    upper = np.where(filled, over.argmax(axis=0), height)
    lower = np.where(filled, over[::-1].argmax(axis=0), height)
    deep = _NOTCH * usual
    notches = [peaks(np.pad(outline, 1, constant_values=0), deep) - 1 for outline in (upper, lower)]
    return [
        _straight(top, int(upper[top]), bottom, height - int(lower[bottom]), height)
        for top in notches[0].tolist()
        for bottom in notches[1].tolist()
        if abs(top - bottom) < _LEANING * usual
    ]


def _straight(top: int, first: int, bottom: int, last: int, height: int) -> NDArray[np.int64]:
    """Return the columns of a way that is upright down to `first`, leans, and is upright from `last` on."""
    rows = np.arange(height)
    part = np.clip((rows - first) / max(1, last - first), 0, 1)
    return np.round(top + part * (bottom - top)).astype(np.int64)


def _cheapest(cost: Floats) -> Floats:
    """Return what the cheapest way from the first row to each pixel costs."""
    height, width = cost.shape
    total = np.full((height, width + 2), np.inf, np.float32)
    total[0, 1:-1] = cost[0]
    for row in range(1, height):
        before = total[row - 1]
        total[row, 1:-1] = cost[row] + np.minimum(before[1:-1], np.minimum(before[:-2], before[2:]) + _ASIDE)
    return total[:, 1:-1]


def _aside(total: Floats) -> NDArray[np.int64]:
    """Return for each pixel whether the way goes on straight, 0, or to the left or right, -1 or 1."""
    wide = np.pad(total, ((0, 0), (1, 1)), constant_values=np.inf)
    left, right = wide[:, :-2] + _ASIDE, wide[:, 2:] + _ASIDE
    aside = np.where(left < right, -1, 1)
    return np.where(total <= np.minimum(left, right), 0, aside).astype(np.int64)


def _lowest(values: Floats, reach: int) -> list[int]:
    """Return the places of the lowest values within `reach` of them; of equal neighbors the middle one."""
    low = np.flatnonzero(values <= lowest(values, 2 * reach + 1, 0, "edge") + 1e-6)
    low = low[(low > 1) & (low < len(values) - 2)]
    if not len(low):
        return []
    runs = np.split(low, np.flatnonzero(np.diff(low) > 1) + 1)
    places = [int(run[len(run) // 2]) for run in runs]
    return sorted(sorted(places, key=lambda place: float(values[place]))[:_MOST])
