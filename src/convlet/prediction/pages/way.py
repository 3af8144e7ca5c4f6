"""Find the likeliest way through ink: each piece between two cuts has a score, and the best sum wins."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

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


def likeliest(
    found: Sequence[Piece], parts: Sequence[Part], last: int, usual: float, names: Sequence[str]
) -> list[Part]:
    """Return the pieces on the likeliest way through the ink, each with the share of all ways that pass it."""
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
    into: list[list[int]] = [[] for _ in range(last + 1)]
    for number, piece in enumerate(found):
        into[piece.end].append(number)
    best, total = np.full(last + 1, -np.inf), np.full(last + 1, -np.inf)
    best[0] = total[0] = 0.0
    via = np.full(last + 1, -1)
    for end in range(1, last + 1):
        for number in into[end]:
            start = found[number].start
            total[end] = np.logaddexp(total[end], total[start] + scores[number])
            if best[start] + scores[number] > best[end]:
                best[end], via[end] = best[start] + scores[number], number
    if not np.isfinite(best[last]):
        return []
    after = np.full(last + 1, -np.inf)
    after[last] = 0.0
    for end in range(last, 0, -1):
        for number in into[end]:
            start = found[number].start
            after[start] = np.logaddexp(after[start], after[end] + scores[number])
    shares = np.array(
        [
            np.exp(min(0.0, total[piece.start] + score + after[piece.end] - total[last]))
            for piece, score in zip(found, scores, strict=True)
        ]
    )
    way: list[Part] = []
    end = last
    while end > 0:
        number = int(via[end])
        alike = [place for place in range(len(parts)) if _are_alike(parts[number], parts[place])]
        way.append(replace(parts[number], certain=float(min(1.0, shares[alike].sum()))))
        end = found[number].start
    return way[::-1]


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
