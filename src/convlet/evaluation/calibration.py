"""Calibrate: reliability, the temperature that corrects it, and the threshold below which an answer is refused.

Guo et al. 2017, "On Calibration of Modern Neural Networks" (arXiv:1706.04599).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation.interval import wilson_interval

_BINS = 15
_TEMPERATURES = (0.05, 20.0)
_ENOUGH = 200  # images that need no prior
_PRIOR = 2.0  # 1 / (2 * deviation**2) of log T; half of all nets have a T between 0.7 and 1.4
_SMALLEST = float(np.finfo(np.float32).tiny)  # a float32 softmax can underflow to 0, which has no logarithm


@dataclass(frozen=True)
class ReliabilityBin:
    """The images whose confidence (the probability of the answer) lies in one of 15 equal bins."""

    low: float  # exclusive (0 belongs to the first bin)
    high: float  # inclusive
    images: int  # their number
    confidence: float | None  # their mean; None without images
    accuracy: float | None  # the fraction answered correctly; None without images

    @property
    def interval_95(self) -> tuple[float, float]:
        """Wilson's 95 % interval of the accuracy; (0, 1) if the bin is empty."""
        return wilson_interval(round(self.images * (self.accuracy or 0)), self.images) if self.images else (0.0, 1.0)


def reliability(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> list[ReliabilityBin]:
    """Return accuracy against confidence in 15 equal bins of confidence.

    Args:
        probabilities: float (n, classes).
        labels: int (n,).
    """
    return bins(probabilities.max(axis=1), probabilities.argmax(axis=1) == labels)


def bins(confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_]) -> list[ReliabilityBin]:
    """Return the same, from each answer's confidence, float (n,), and whether it was right, bool (n,)."""
    sure = confidence.astype(np.float64)
    places = np.clip(np.ceil(sure * _BINS).astype(int) - 1, 0, _BINS - 1)
    counts = np.bincount(places, minlength=_BINS).tolist()
    sums, rights = (np.bincount(places, weights=values, minlength=_BINS).tolist() for values in (sure, correct))
    return [
        ReliabilityBin(
            low=place / _BINS,
            high=(place + 1) / _BINS,
            images=count,
            confidence=sums[place] / count if count else None,
            accuracy=rights[place] / count if count else None,
        )
        for place, count in enumerate(counts)
    ]


def calibration_error(found: list[ReliabilityBin]) -> float:
    """Return the expected calibration error, 0 to 1: |accuracy - confidence| averaged over the images."""
    gaps = (one.images * abs((one.accuracy or 0) - (one.confidence or 0)) for one in found)
    return sum(gaps) / sum(one.images for one in found)


def fit_temperature(members: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> float:
    """Return the temperature T, 0.05 to 20, that, dividing the logits, makes the held-out labels likeliest.

    It minimizes the mean negative log-likelihood of the mean over nets of softmax(log p / T); log p equals the logits
    up to a constant, which the softmax cancels. Every answer counts as wrong by one part in n + 2 (Laplace's rule of
    succession): n right answers do not prove that the nets never err. Below 200 images, a normal prior of log T around
    0 draws T toward 1, less so the more images there are: a few answers say little about T.

    Args:
        members: probabilities of each net of an ensemble, float (m, n, classes); m = 1 for a single net.
        labels: int (n,), those of images the nets were not trained on.

    Returns:
        T; above 1 if the nets were overconfident.
    """
    from scipy.optimize import minimize_scalar

    rows, wrong = np.arange(len(labels)), 1 / (len(labels) + 2)
    prior = _PRIOR * max(0.0, 1 / len(labels) - 1 / _ENOUGH)
    logits = np.log(np.maximum(members, _SMALLEST))
    logits -= logits.max(axis=-1, keepdims=True)  # so that no temperature overflows the exponential

    def loss(log_temperature: float) -> float:
        likelihood = np.zeros(len(labels))
        for member in logits:
            powers = np.exp(member / math.exp(log_temperature))
            likelihood += powers[rows, labels] / powers.sum(axis=1, dtype=np.float64)
        right = np.clip(likelihood / len(logits), _SMALLEST, 1 - 1e-9)
        mean = float(-((1 - wrong) * np.log(right) + wrong * np.log1p(-right)).mean())
        return mean + prior * log_temperature**2

    low, high = map(math.log, _TEMPERATURES)
    return math.exp(minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-4}).x)


def threshold(confidence: NDArray[np.floating[Any]], accept: float, sure_of: float = 0.0) -> float:
    """Return the largest threshold that accepts at least the fraction `accept` of these images.

    An image is accepted at or above the threshold.

    Args:
        confidence: float (n,), n > 0, of held-out images that should be accepted.
        accept: above 0, up to 1.
        sure_of: fraction of future images that should be accepted. If there are few images, more than `accept` are
            accepted, until the lower end of Wilson's 95 % interval reaches it. Too few (see `can_set`) give 0, which
            accepts all: even the least confident of them would refuse more.

    Raises:
        ValueError: there are no images, or `accept` is out of range.
    """
    n = len(confidence)
    if not (n and 0 < accept <= 1):
        raise ValueError(f"a threshold needs at least one image and 0 < accept <= 1. Received {n} and accept={accept}.")
    if not can_set(n, sure_of):
        return 0.0
    kept = math.ceil(accept * n - 1e-9)  # 0.95 * 100 rounds up
    while kept < n and wilson_interval(kept, n)[0] < sure_of:
        kept += 1
    return float(np.sort(confidence)[n - kept])


def can_set(n: int, sure_of: float) -> bool:
    """Return whether `n` images can set a threshold that accepts the fraction `sure_of` of future ones.

    A new image is below all n others of its kind once in n + 1 times.
    """
    return n / (n + 1) >= sure_of
