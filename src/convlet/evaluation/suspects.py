"""Find labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, arXiv:1911.00068).

These forty lines replace the library cleanlab, which would add pandas.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_MASTERED = 0.5  # of a class's images must be answered right; else the model knows too little about it to doubt a label
_RARE_MASTERED = 0.8  # the same for a rare class
_RARE = 1 / 3  # of the images of the largest class


@dataclass(frozen=True)
class Suspect:
    """An image whose label is probably wrong."""

    index: int  # in the split
    label: int  # its labeled class
    answer: int  # the likeliest class
    probability_of_label: float  # the model's
    probability_of_answer: float  # the model's


def suspect_labels(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> list[Suspect]:
    """Return images that the model assigns to another class with that class's usual confidence.

    Each class has a threshold: the mean probability it gets on images labeled so. An image lies in the confident joint
    at its label and the likeliest class whose threshold it reaches; those off the diagonal are suspects.

    A model answers a rare class too seldom, because it is rare. So no label is doubted in a class that the model often
    misses: the mistakes there are the model's.

    Args:
        probabilities: float (n, classes), for images not trained on: from training images a model learns wrong labels.
        labels: int (n,).

    Returns:
        The suspects, by decreasing margin: probability of the answer minus that of the label.
    """
    rows, answers = np.arange(len(labels)), probabilities.argmax(axis=1)
    of_label, of_answer = probabilities[rows, labels], probabilities.max(axis=1)
    counts = np.bincount(labels, minlength=probabilities.shape[1])
    sums = np.bincount(labels, weights=of_label, minlength=len(counts))
    # A class without labeled images has no usual confidence. 1e-6: the mean of equal values may round above them.
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf) - 1e-6
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    counted_to = np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), labels)
    right = np.bincount(labels[answers == labels], minlength=len(counts))
    mastered = right >= np.where(counts < counts.max() * _RARE, _RARE_MASTERED, _MASTERED) * counts
    # If the label is still the likeliest class, another class's lower threshold is weak evidence against it.
    found = np.flatnonzero((counted_to != labels) & (answers != labels) & mastered[labels])
    return [
        Suspect(int(index), int(labels[index]), int(answers[index]), float(of_label[index]), float(of_answer[index]))
        for index in found[np.argsort(of_label[found] - of_answer[found], kind="stable")]
    ]
