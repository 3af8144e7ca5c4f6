"""Tell printed text from handwriting: one width of stroke, and letters among what should be digits."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.pages.part import Part
from convlet.reading.place import pen_width

_LEAST = 8  # characters of one kind; fewer do not show it
_WORD = 0.7  # of a character's height: a gap between words
_PEN, _HIGH = 1.3, 1.4  # times: how far the strokes and heights of two words of one print differ at most
_EVEN = 0.12  # of their mean: the spread of the strokes' width in print
_KNOWN = 0.65  # of the answers: with fewer known it is text, not digits
_THIN = 0.05  # of their height: finer strokes are a pen's, and look even whoever drew them


class _Run(NamedTuple):
    """Neighboring words of one row that look alike."""

    members: NDArray[np.intp]
    pen: float
    high: float


def printed(parts: Sequence[Part], known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which characters of a page, in reading order, are print; none if there is no handwriting beside it."""
    print_ = np.zeros(len(parts), bool)
    known = known | np.array([bool(part.symbol) for part in parts], bool)  # numbers have them too
    boxes = np.array([part.box for part in parts], float).reshape(-1, 4)
    high = boxes[:, 3] - boxes[:, 1]
    pens = np.array([pen_width(part.ink) for part in parts])
    runs = [
        run
        for row in sorted({part.row for part in parts})
        for run in _runs(np.array([place for place, part in enumerate(parts) if part.row == row]), boxes, pens)
    ]
    for run in runs:
        if len(run.members) < _LEAST or known[run.members].mean() >= _KNOWN:
            continue
        taller = run.members[high[run.members] > 0.5 * run.high]
        pen = float(pens[taller].mean())
        print_[run.members] = pen > _THIN * run.high and float(pens[taller].std()) < _EVEN * pen
    print_ |= _beside(parts, print_, high)
    return print_ if known[~print_].any() else np.zeros(len(parts), bool)


def _runs(row: NDArray[np.intp], boxes: NDArray[np.float64], pens: NDArray[np.float64]) -> list[_Run]:
    """Return the words of a row, joined while strokes and heights stay the same."""
    high = float(np.percentile(boxes[row, 3] - boxes[row, 1], 80))
    gaps = boxes[row[1:], 0] - np.maximum.accumulate(boxes[row, 2])[:-1]
    runs: list[_Run] = []
    for word in np.split(row, np.flatnonzero(gaps > _WORD * high) + 1):
        run = _Run(word, float(np.median(pens[word])), float(np.percentile(boxes[word, 3] - boxes[word, 1], 80)))
        if runs and _alike(runs[-1].pen, run.pen, _PEN) and _alike(runs[-1].high, run.high, _HIGH):
            together = np.concatenate([runs[-1].members, word])
            tall = float(np.percentile(boxes[together, 3] - boxes[together, 1], 80))
            runs[-1] = _Run(together, float(np.median(pens[together])), tall)
        else:
            runs.append(run)
    return runs


def _alike(one: float, other: float, times: float) -> bool:
    return max(one, other) <= times * min(one, other)


def _beside(parts: Sequence[Part], print_: NDArray[np.bool_], high: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return what stands between or beside print in its row and is no taller: a full stop, a short word."""
    rows = np.array([part.row for part in parts])
    more = np.zeros(len(parts), bool)
    for row in np.unique(rows[print_]):
        mine = rows == row
        tallest = high[mine & print_].max()
        if (mine & print_).sum() > 0.5 * mine.sum():
            more |= mine & (high <= tallest)
    return more
