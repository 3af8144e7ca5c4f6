"""Whether a model's answers depend on the images at all."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BEYOND = 2.33  # standard errors: one in a hundred sets of answers given without looking gets there
_SLIGHT = 0.05  # of the way from chance to perfect answers: too little to be of use, however certain


def learned(confusion: Sequence[Sequence[int]] | NDArray[np.int64]) -> bool | None:
    """Return whether answers agree with labels beyond chance; None if there are too few images to tell.

    Chance is what the same answers reach in any other order, so a model that always answers the largest class has
    learned nothing, however large that class is. (Cohen's kappa and its standard error under independence: Fleiss,
    Cohen and Everitt 1969. With classes of one size this is the binomial test against 1/classes.)

    Args:
        confusion: `confusion[i][j]` images of class i were answered as class j.
    """
    counts = np.asarray(confusion, np.float64)
    labels = counts.sum(axis=1) / counts.sum()
    if _errors(np.diag(labels), counts.sum())[1] < _BEYOND:  # even perfect answers could be chance
        return None
    kappa, errors = _errors(counts / counts.sum(), counts.sum())
    return errors >= _BEYOND and kappa >= _SLIGHT


def _errors(shares: NDArray[np.float64], images: float) -> tuple[float, float]:
    """Return kappa, and how many standard errors it is above 0."""
    labels, answers = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(labels @ answers)
    if chance > 1 - 1e-9:
        return 0.0, 0.0
    kappa = (float(np.trace(shares)) - chance) / (1 - chance)
    variance = chance + chance**2 - float((labels * answers * (labels + answers)).sum())
    deviation = np.sqrt(max(variance, 1e-12) / images) / (1 - chance)
    return kappa, float(kappa / deviation)
