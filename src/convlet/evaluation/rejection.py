"""What a model gains by refusing the images it is not sure of."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Mistakes hide among the least sure images: the curve is drawn in steps of half a percent there, of two percent further down.
_FRACTIONS = np.concatenate([np.arange(100, 90, -0.5), np.arange(90, 48, -2)]) / 100


@dataclass(frozen=True)
class RejectionPoint:
    """One threshold: the fraction of the images it accepts, and how many of those are answered rightly."""

    threshold: float
    accepted: float
    accuracy: float


@dataclass(frozen=True)
class Rejection:
    """What one threshold does to a split, all of whose images should be accepted.

    Attributes:
        threshold: the least probability of an answer that is accepted.
        accepted: the fraction of the images accepted.
        accuracy_of_accepted: the fraction of those answered rightly; None where none is accepted.
        refused: the number of images refused.
        curve: the same for other thresholds, from one that accepts all to one that accepts half.
    """

    threshold: float
    accepted: float
    accuracy_of_accepted: float | None
    refused: int
    curve: tuple[RejectionPoint, ...]


def reject(confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_], threshold: float) -> Rejection:
    """Apply a threshold to the probability of each answer, float (n,), n > 0; `correct`, bool (n,), says which were right."""
    n = len(confidence)
    order = np.argsort(-confidence, kind="stable")
    falling, rights = confidence[order], np.cumsum(correct[order])
    curve: list[RejectionPoint] = []
    for wanted in falling[np.ceil(_FRACTIONS * n).astype(int) - 1]:
        accepted = int(np.searchsorted(-falling, -wanted, side="right"))  # equals are accepted together
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
