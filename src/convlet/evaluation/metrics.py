"""Accuracy, loss and what stands behind them. Sees probabilities and labels only."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_Z_95 = 1.959963984540054  # the normal distribution's 97.5 % point
_ECE_BINS = 15
_EPSILON = 1e-7  # Keras clips probabilities here before the logarithm; the same, so that the losses agree


@dataclass(frozen=True)
class ClassScore:
    """One class: of what was called so, how much was right (precision); of what is so, how much was found (recall)."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Evaluation:
    """How good a model is on one split.

    Attributes:
        n: images judged.
        accuracy: the fraction whose likeliest class is the label.
        accuracy_interval_95: Wilson's 95 % interval of the accuracy.
        loss: mean categorical cross-entropy, natural logarithm.
        ece: expected calibration error, 15 bins: how far confidence and accuracy lie apart on average.
        class_names: names of the rows and columns of `confusion`.
        per_class: precision, recall, F1 and support of each class.
        confusion: `confusion[i][j]` images of class i were called class j.
    """

    n: int
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    loss: float
    ece: float
    class_names: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values for JSON."""
        return asdict(self)


def evaluate(probabilities: NDArray[np.float32], labels: NDArray[np.int64], class_names: Sequence[str]) -> Evaluation:
    """Judge probabilities, float (n, classes), against labels, int (n,) with n > 0."""
    classes = len(class_names)
    predicted = probabilities.argmax(axis=1)
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    right = int(np.trace(confusion))
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    return Evaluation(
        n=len(labels),
        accuracy=right / len(labels),
        accuracy_interval_95=wilson_interval(right, len(labels)),
        loss=float(-np.log(np.clip(of_label, _EPSILON, 1 - _EPSILON)).mean()),
        ece=calibration_error(probabilities.max(axis=1), predicted == labels),
        class_names=tuple(class_names),
        per_class=_class_scores(confusion, class_names),
        confusion=tuple(tuple(int(count) for count in row) for row in confusion),
    )


def wilson_interval(successes: int, n: int) -> tuple[float, float]:
    """The 95 % score interval of a proportion (E. B. Wilson 1927); unlike the normal one it holds near 0 and 1."""
    rate, z2 = successes / n, _Z_95**2
    centre = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 / (1 + z2 / n) * np.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n))
    return max(0.0, float(centre - half)), min(1.0, float(centre + half))


def calibration_error(confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_]) -> float:
    """Expected calibration error: |accuracy - mean confidence| over 15 equal bins of confidence, weighted by their images.

    Guo et al. 2017, "On Calibration of Modern Neural Networks".
    """
    bins = np.clip(np.ceil(confidence.astype(np.float64) * _ECE_BINS).astype(int) - 1, 0, _ECE_BINS - 1)
    gaps = np.bincount(bins, weights=correct - confidence.astype(np.float64), minlength=_ECE_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def _class_scores(confusion: NDArray[np.int64], class_names: Sequence[str]) -> tuple[ClassScore, ...]:
    scores = []
    for index, name in enumerate(class_names):
        hits, called, support = (int(x) for x in (confusion[index, index], confusion[:, index].sum(), confusion[index].sum()))
        scores.append(
            ClassScore(
                label=name,
                precision=hits / called if called else 0.0,
                recall=hits / support if support else 0.0,
                f1=2 * hits / (called + support) if called + support else 0.0,
                support=support,
            )
        )
    return tuple(scores)
