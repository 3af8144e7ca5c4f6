"""Choose among the ways to cut the ink of a row those whose text is as expected."""

from collections.abc import Sequence

import numpy as np

from convlet.prediction.pages.combinations import likeliest_first
from convlet.prediction.pages.expected import Expected, likeliest_fit
from convlet.prediction.pages.part import Part
from convlet.prediction.pages.way import Way

_COMBINED = 60  # combinations of ways that are tried, the likeliest first
_TRIES = 300  # readings of each
_ANSWERS = 3  # of each character


def fitting(row: Sequence[Sequence[Way]], expected: Expected, names: Sequence[str]) -> list[Way]:
    """Return a way for each run of ink in a row: the likeliest ones together that read as expected.

    The likeliest ways if none do, or if the pattern is for a whole page.
    """
    likeliest = [ways[0] for ways in row]
    if expected.page or all(len(ways) == 1 for ways in row):
        return likeliest
    best: tuple[float, list[Way]] | None = None
    costs = [[ways[0].score - way.score for way in ways] for ways in row]
    for cost, taken in likeliest_first(costs, _COMBINED):
        if best and cost >= best[0]:  # no later one can be likelier
            break
        chosen = [ways[index] for ways, index in zip(row, taken, strict=True)]
        found = likeliest_fit([_choices(part, names) for way in chosen for part in way.parts], expected.fits, _TRIES)
        if found and (best is None or cost + found[0] < best[0]):
            best = cost + found[0], chosen
    return best[1] if best else likeliest


def _choices(part: Part, names: Sequence[str]) -> list[tuple[str, float]]:
    if part.symbol:
        return [(part.symbol, 1.0)]
    best = np.argsort(-part.probabilities, kind="stable")[:_ANSWERS]
    return [(names[index], float(part.probabilities[index])) for index in best]
