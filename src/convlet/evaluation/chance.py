"""Test whether a model's answers depend on the images at all."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_BEYOND = 2.33  # standard errors: one in a hundred sets of blind answers gets there
_USEFUL = 0.5  # of that way: a model that might score this high is not reported as untrained
_SLIGHT = 0.05  # of the way from chance to perfect answers: too little to be useful, however certain


def learned(confusion: Sequence[Sequence[int]] | NDArray[np.int64]) -> bool | None:
    """Return whether answers agree with labels beyond chance; None if there are too few images to tell.

    Chance is what the same answers score in random order, so a model that always answers the largest class has
    learned nothing, however large that class is. (Cohen's kappa and its standard error under independence: Fleiss,
    Cohen and Everitt 1969. With classes of one size this is the binomial test against 1/classes.)

    Args:
        confusion: `confusion[i][j]` images of class i were answered as class j.
    """
    counts = np.asarray(confusion, np.float64)
    images = counts.sum()
    kappa, error = _agreement(np.diag(counts.sum(axis=1) / images), images)
    if kappa < _BEYOND * error:  # even perfect answers could be chance
        return None
    kappa, error = _agreement(counts / images, images)
    if kappa >= _BEYOND * error:
        return kappa >= _SLIGHT
    return False if kappa + _BEYOND * error < _USEFUL else None  # more images could show that it has learned


def _agreement(shares: NDArray[np.float64], images: float) -> tuple[float, float]:
    """Return kappa, and its standard error by chance."""
    labels, answers = shares.sum(axis=1), shares.sum(axis=0)
    chance = float(labels @ answers)
    if chance > 1 - 1e-9:
        return 0.0, math.inf
    kappa = (float(np.trace(shares)) - chance) / (1 - chance)
    variance = chance + chance**2 - float((labels * answers * (labels + answers)).sum())
    return kappa, math.sqrt(max(variance, 1e-12) / images) / (1 - chance)
