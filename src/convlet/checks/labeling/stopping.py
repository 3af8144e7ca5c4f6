"""Decide when enough images were looked at: without looking at the labels of the others."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

RIGHT = 0.998  # of all images, those looked at and the others together
SURE = 0.9  # that so many are right
_FAR, _HALVINGS = 20.0, 60  # the mean is below twice the count and so much more; 60 halvings find all its bits
_PRIOR = 5.0  # images of a model whose probabilities are right: few answers cannot tell


class Rest(NamedTuple):
    """What is known about the images that nobody looked at.

    Attributes:
        wrong: how many proposals among them are expected to be wrong.
        enough: whether they may be accepted as proposed.
        more: how many more to look at, the least sure first, until they may; 0 if they may.
    """

    wrong: float
    enough: bool
    more: int


def judged_rest(sure: NDArray[np.floating[Any]], seen: Sequence[tuple[float, bool]]) -> Rest:
    """Judge the images that nobody looked at, by the calibrated probabilities of their proposals alone.

    A proposal of probability p is wrong with 1 - p. The sum over the rest is what to expect, corrected by how many
    proposals the person found wrong among those looked at, against what their probabilities promised. Wrong ones are
    rare and hardly depend on each other, so their number is Poisson's. The rest may be accepted once it is `SURE` that
    `RIGHT` of all images are right, where those looked at are.

    Args:
        sure: float (n,), the probability of each proposal in the rest.
        seen: of each image looked at the probability of the proposal, and whether it was right.
    """
    allowed = math.floor((1 - RIGHT) * (len(sure) + len(seen)) + 1e-9)
    promised = sum(1 - probability for probability, _ in seen)
    found = sum(not right for _, right in seen)
    factor = (found + _PRIOR) / (promised + _PRIOR)
    doubts = np.sort((1 - np.asarray(sure, np.float64)).clip(0, 1)) * factor
    expected = np.concatenate([[0.0], np.cumsum(doubts)])  # of the k surest
    most = _largest_mean(allowed)
    keep = int(np.searchsorted(expected, most, side="right")) - 1
    return Rest(float(expected[-1]), bool(expected[-1] <= most), len(doubts) - keep)


def _largest_mean(allowed: int) -> float:
    """Return the largest mean at which so many, or fewer, are as likely as `SURE`."""
    counts = np.arange(allowed + 1)
    factorials = np.concatenate([[0.0], np.cumsum(np.log(counts[1:]))])
    low, high = 0.0, 2.0 * allowed + _FAR
    for _ in range(_HALVINGS):
        mean = (low + high) / 2
        fewer = float(np.exp(counts * np.log(mean) - mean - factorials).sum())  # Poisson
        low, high = (mean, high) if fewer > SURE else (low, mean)
    return (low + high) / 2
