"""Read the numbers of a page: groups of characters that stand close together, with their signs and points."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.answer import Answer
from convlet.prediction.pages.page import Number, Row, joined, shown
from convlet.prediction.pages.part import Part

PixelBox = tuple[int, int, int, int]  # left, top, right, bottom

_GAP = 0.5  # of the row's height: a smaller gap separates no groups
_TIMES = 2.2  # the row's usual gap
_NEAR = 1.2  # of the row's height: between a minus and its number
_CLOSER = 1.6  # times: how much closer a minus is to its number than to the one before
_INSIDE = ".,"
_SIGN = "-"


def rows_in(parts: Sequence[Part]) -> list[list[int]]:
    """Return the places of each row's characters, from characters in reading order."""
    return [list(row) for _, row in itertools.groupby(range(len(parts)), key=lambda place: parts[place].row)]


def rows_of(
    parts: Sequence[Part], answers: Sequence[Answer], symbols: Sequence[str], boxes: Sequence[PixelBox]
) -> list[Row]:
    """Return the rows of a page from its characters in reading order; `boxes` are in pixels of the original."""
    rows = []
    for places in rows_in(parts):
        groups = _groups(places, parts, symbols)
        numbers = [
            replace(number_of(each, answers, symbols), box=_around([boxes[place] for place in each])) for each in groups
        ]
        rows.append(Row(" ".join(number.text for number in numbers), tuple(numbers)))
    return rows


def _around(boxes: Sequence[PixelBox]) -> PixelBox:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _groups(row: list[int], parts: Sequence[Part], symbols: Sequence[str]) -> list[list[int]]:
    """Return the characters of a row, split at its wide gaps and at signs that separate numbers."""
    boxes = np.array([parts[place].box for place in row], float)
    high = float(np.median(boxes[:, 3] - boxes[:, 1]))
    gaps = np.maximum(boxes[1:, 0] - np.maximum.accumulate(boxes[:, 2])[:-1], 0)
    tight = [gap for gap, place in zip(gaps, row[1:], strict=True) if not symbols[place]]
    usual = float(np.percentile(tight, 25)) if tight else 0.0
    groups = [[row[0]]]
    for place in range(1, len(row)):
        before, this, gap = symbols[row[place - 1]], symbols[row[place]], gaps[place - 1]
        apart = gap > max(_GAP * high, _TIMES * usual) or _separates(this) or _separates(before)
        if apart and not (before == _SIGN and gap < _NEAR * high and _is_sign(place - 1, row, gaps, symbols)):
            groups.append([row[place]])
        else:
            groups[-1].append(row[place])
    return groups


def _is_sign(place: int, row: Sequence[int], gaps: NDArray[np.float64], symbols: Sequence[str]) -> bool:
    """Return whether a minus belongs to the number after it: nothing, a symbol or a wider gap is before it."""
    if place == 0 or _separates(symbols[row[place - 1]]):
        return True
    return bool(gaps[place - 1] > _CLOSER * gaps[place])


def _separates(symbol: str) -> bool:
    return bool(symbol) and symbol not in _INSIDE


def number_of(group: Sequence[int], answers: Sequence[Answer], symbols: Sequence[str]) -> Number:
    """Return the number that some characters form, from their places on the page."""
    texts = [shown(answers[place], symbols[place]) for place in group]
    classes = [place for place in group if not symbols[place]]
    least = min(classes, key=lambda place: answers[place].probability, default=None)
    return Number(joined(texts), _value(texts), tuple(group), least)


def _value(texts: Sequence[str]) -> str:
    """Return a number's text if it is one: a sign, digits, and at most one point or comma between digits."""
    body = texts[1:] if texts[0] == _SIGN else texts
    points = [place for place, text in enumerate(body) if text in _INSIDE]
    digits = [text for text in body if text not in _INSIDE]
    if not digits or not all(len(text) == 1 and text.isdigit() for text in digits):
        return ""
    if len(points) > 1 or any(place in (0, len(body) - 1) for place in points):
        return ""
    return "".join(texts)
