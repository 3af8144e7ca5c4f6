"""Find the likeliest way through ink: each piece between two cuts has a score, and the best sum wins."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.pages.part import Part
from convlet.reading.cuts import FREE, Piece

# What a piece of unlikely shape costs, in the logarithm of a probability; its sides in heights of a usual character.
_TOO_LOW, _SHORT = 8.0, 0.75
_TOO_WIDE, _WIDE = 1.0, 1.1
_EACH = 0.02
_CROSSED, _STROKES = 0.2, 1.5  # for each stroke that a cut goes through; at most so many count
_OPENED = 1.0  # for each loop that a cut opens
_BRIDGED = 0.7  # for each gap in a character
_SIGN = 0.5  # for a symbol, which no class answers
_USUALLY, _SPREAD, _SLIM = 0.72, 0.22, 0.8  # a slim one costs the logarithm of a normal distribution, at most the last
_SLENDER = frozenset("1IJfijlrt!|")  # classes that are slim
_ALIKE = 0.5  # of the width: what two cuts of the same character share
_ONE, _CUT_ONE = 0.95, 1.0  # ink that is no wider is one character, unless its pieces are far likelier


class Way(NamedTuple):
    """A way through ink: its characters, each with the share of all ways that pass it, and its score."""

    parts: list[Part]
    score: float


def ways(found: Sequence[Piece], parts: Sequence[Part], last: int, usual: float, names: Sequence[str]) -> list[Way]:
    """Return the likeliest way of each number of characters through the ink, the likeliest first; none if none ends."""
    if not found:
        return []
    one = max(part.box.right for part in parts) - min(part.box.left for part in parts) < _ONE * usual
    scores = [
        _score(part, usual, names)
        - _CROSSED * min(_STROKES, piece.crossed)
        - _OPENED * piece.loops
        - _BRIDGED * piece.bridges
        - (_CUT_ONE if one and piece.crossed > FREE else 0.0)
        for part, piece in zip(parts, found, strict=True)
    ]
    shares = _shares(found, scores, last)
    into = _into(found, last)
    # For each cut and number of characters up to it, the best score and the last piece.
    best, via = np.full((last + 1, last + 1), -np.inf), np.full((last + 1, last + 1), -1)
    best[0, 0] = 0.0
    for end in range(1, last + 1):
        for number in into[end]:
            scored = best[found[number].start, :-1] + scores[number]
            better = scored > best[end, 1:]
            best[end, 1:][better], via[end, 1:][better] = scored[better], number
    certain: dict[int, float] = {}
    made = []
    for count in np.argsort(-best[last], kind="stable"):
        if not np.isfinite(best[last, count]):
            break
        way, end = [], last
        for left in range(int(count), 0, -1):
            number = int(via[end, left])
            if number not in certain:
                alike = [place for place in range(len(parts)) if _are_alike(parts[number], parts[place])]
                certain[number] = float(min(1.0, shares[alike].sum()))
            way.append(replace(parts[number], certain=certain[number]))
            end = found[number].start
        made.append(Way(way[::-1], float(best[last, count])))
    return made


def _shares(found: Sequence[Piece], scores: Sequence[float], last: int) -> NDArray[np.float64]:
    """Return which share of all ways passes each piece."""
    into = _into(found, last)
    before, after = np.full(last + 1, -np.inf), np.full(last + 1, -np.inf)
    before[0] = after[last] = 0.0
    for end in range(1, last + 1):
        for number in into[end]:
            before[end] = np.logaddexp(before[end], before[found[number].start] + scores[number])
    for end in range(last, 0, -1):
        for number in into[end]:
            start = found[number].start
            after[start] = np.logaddexp(after[start], after[end] + scores[number])
    if not np.isfinite(before[last]):
        return np.zeros(len(found))
    return np.array(
        [
            np.exp(min(0.0, before[piece.start] + score + after[piece.end] - before[last]))
            for piece, score in zip(found, scores, strict=True)
        ]
    )


def _into(found: Sequence[Piece], last: int) -> list[list[int]]:
    into: list[list[int]] = [[] for _ in range(last + 1)]
    for number, piece in enumerate(found):
        into[piece.end].append(number)
    return into


def _are_alike(one: Part, other: Part) -> bool:
    """Return whether two pieces are the same character, cut a little differently."""
    shared = min(one.box.right, other.box.right) - max(one.box.left, other.box.left)
    same = int(one.probabilities.argmax()) == int(other.probabilities.argmax())
    return same and shared > _ALIKE * max(one.box.width, other.box.width)


def _score(part: Part, usual: float, names: Sequence[str]) -> float:
    """Return how likely a piece is a character: the logarithm of the best answer's probability, less for its shape."""
    if part.symbol:
        return -_SIGN
    wide, high = part.box.width / usual, part.box.height / usual
    slender = names[int(part.probabilities.argmax())] in _SLENDER
    slim = 0.0 if slender else min(_SLIM, (max(0.0, _USUALLY - wide) / _SPREAD) ** 2 / 2)
    costs = _EACH + slim + _TOO_LOW * max(0.0, _SHORT - high) + _TOO_WIDE * max(0.0, wide - _WIDE)
    return float(np.log(max(float(part.probabilities.max()), 1e-6))) - costs
