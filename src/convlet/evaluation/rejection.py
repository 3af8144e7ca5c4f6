"""Measure what a model gains by refusing images of low confidence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Most mistakes are among the least confident images: steps of half a percent there, two percent below.
_FRACTIONS = np.concatenate([np.arange(100, 90, -0.5), np.arange(90, 48, -2)]) / 100


@dataclass(frozen=True)
class RejectionPoint:
    """One threshold: the fraction of images it accepts, and the accuracy on those."""

    threshold: float
    accepted: float
    accuracy: float


@dataclass(frozen=True)
class Rejection:
    """A threshold applied to a split whose images should all be accepted."""

    threshold: float  # least probability of an accepted answer
    accepted: float  # fraction of the images accepted
    accuracy_of_accepted: float | None  # accuracy on those; None if none is accepted
    refused: int  # number of images refused
    curve: tuple[RejectionPoint, ...]  # other thresholds, from one that accepts all to one that accepts half


def reject(confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_], threshold: float) -> Rejection:
    """Apply a threshold to answers with `confidence`, float (n,), n > 0, that are `correct`, bool (n,)."""
    n = len(confidence)
    order = np.argsort(-confidence, kind="stable")
    falling, rights = confidence[order], np.cumsum(correct[order])
    curve: list[RejectionPoint] = []
    for wanted in falling[np.ceil(_FRACTIONS * n).astype(int) - 1]:
        accepted = int(np.searchsorted(-falling, -wanted, side="right"))  # ties are accepted together
        if not curve or accepted < round(curve[-1].accepted * n):
            curve.append(RejectionPoint(float(wanted), accepted / n, float(rights[accepted - 1]) / accepted))
    accepted = int((confidence >= threshold).sum())
    return Rejection(
        threshold=threshold,
        accepted=accepted / n,
        accuracy_of_accepted=float(rights[accepted - 1]) / accepted if accepted else None,
        refused=n - accepted,
        curve=tuple(curve),
    )
