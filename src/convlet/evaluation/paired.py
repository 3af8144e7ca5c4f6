"""Test whether one model is significantly better than another on the same images."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation.interval import Z_95


@dataclass(frozen=True)
class Paired:
    """Two models on the same images."""

    only_first: int  # images that only the first got right
    only_second: int  # images that only the second got right
    difference: float  # the first's accuracy minus the second's
    difference_interval_95: tuple[float, float]  # its 95 % interval
    p: float  # of McNemar's exact, two-sided test: how likely a split this uneven is if neither model is better


def paired(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> Paired:
    """Compare two models by the images that only one of them gets right (Q. McNemar 1947).

    The interval is Wald's for paired proportions with half an image added to each cell (A. Agresti, Y. Min 2005).

    Args:
        first, second: bool (n,), whether each model got each image right, n > 0.
    """
    from scipy.stats import binomtest

    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    apart, n = only_first + only_second, len(first)
    p = float(binomtest(only_first, apart).pvalue) if apart else 1.0
    ahead = only_first - only_second
    centre, half = ahead / (n + 2), Z_95 / (n + 2) * math.sqrt(apart + 1 - ahead**2 / (n + 2))
    return Paired(only_first, only_second, ahead / n, (max(-1.0, centre - half), min(1.0, centre + half)), p)


def holm(ps: Sequence[float]) -> list[float]:
    """Return p-values adjusted for multiple comparisons (S. Holm 1979)."""
    order = np.argsort(ps, kind="stable")
    scaled = np.asarray(ps, float)[order] * (len(ps) - np.arange(len(ps)))
    adjusted = np.empty(len(ps))
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1)
    return [float(p) for p in adjusted]
