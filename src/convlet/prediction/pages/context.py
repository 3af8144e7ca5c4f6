"""Accept answers that a page makes likely: a character among known ones, of their height and in their row."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.pages.part import Part
from convlet.prediction.pages.symbols import sign_of

_LIKELY = 0.4  # probability from which on the page decides
_AROUND = 6  # neighbors on each side
_LEAST = 2  # known neighbors that make a page of one's kind
_SLOPING = 3  # known neighbors that show how a row rises
_MOSTLY = 0.5  # of the neighbors are known
_LOW, _HIGH = 0.6, 1.6  # times their height
_OFF = 0.45  # of their height above or below their middle
_CERTAIN = 0.4  # that the ink is cut here and not elsewhere
_FRAGMENT = 0.4  # of their height: lower ink is a piece or a mark
_SPECK = 0.25  # of their height: smaller ink is no character, whatever the answer
_UNSURE = 0.15  # below: another cut is as likely


class Judged(NamedTuple):
    """What a page says of one of its characters.

    Attributes:
        known: whether its answer is accepted.
        symbol: which symbol it is instead; else an empty string.
    """

    known: bool
    symbol: str


def judged(parts: Sequence[Part], threshold: float, class_names: Sequence[str]) -> list[Judged]:
    """Decide for each character of a page, in reading order, whether its answer is accepted.

    What is a class is no symbol.
    """
    likely = np.array([float(part.probabilities.max()) for part in parts])
    certain = np.array([part.certain for part in parts])
    boxes = np.array([part.box for part in parts]).reshape(-1, 4)
    rows = np.array([part.row for part in parts])
    high, middle = boxes[:, 3] - boxes[:, 1], (boxes[:, 1] + boxes[:, 3]) / 2
    known = (likely >= threshold) & (certain >= _UNSURE)
    known &= np.array([not part.symbol for part in parts], bool)
    decided = []
    for number, part in enumerate(parts):
        if part.symbol:
            decided.append(Judged(False, part.symbol))
            continue
        around = np.flatnonzero((rows == rows[number]) & (np.abs(np.arange(len(parts)) - number) <= _AROUND))
        tall = around[(around != number) & (high[around] > _FRAGMENT * np.median(high[around]))]
        sure = tall[known[tall]]
        if not len(sure):
            sign = sign_of(part, float(np.median(high[around])), 0.0, class_names) if not known[number] else ""
            decided.append(Judged(bool(known[number]), sign))
            continue
        usual = float(np.median(high[sure]))
        below = float(middle[number] - _level(boxes, sure, number))
        sign = sign_of(part, usual, below, class_names) if not known[number] or high[number] < _LOW * usual else ""
        if sign or (boxes[number, 2] - boxes[number, 0] < _SPECK * usual and high[number] < _SPECK * usual):
            decided.append(Judged(False, sign))
            continue
        fits = (
            len(sure) >= _LEAST
            and len(sure) >= _MOSTLY * len(tall)
            and _LOW * usual < high[number] < _HIGH * usual
            and abs(below) < _OFF * usual
            and likely[number] >= _LIKELY
            and certain[number] >= _CERTAIN
        )
        decided.append(Judged(bool(known[number] or fits), ""))
    return decided


def _level(boxes: NDArray[np.int64], sure: NDArray[np.intp], number: int) -> float:
    """Return the middle of the row at a character, from the known ones around it: rows may rise and bend."""
    x, middle = (boxes[sure, 0] + boxes[sure, 2]) / 2, (boxes[sure, 1] + boxes[sure, 3]) / 2
    if len(sure) < _SLOPING:
        return float(np.median(middle))
    return float(np.polyval(np.polyfit(x, middle, 1), (boxes[number, 0] + boxes[number, 2]) / 2))
