"""Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021, arXiv:1911.00068).

Forty lines instead of the library cleanlab, which brings pandas along for the many things it does beside this one.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Suspect:
    """An image whose label is probably wrong.

    Attributes:
        index: its place in the split.
        label: the class it is labelled as.
        answer: the likeliest class.
        probability_of_label: what the model gives the label.
        probability_of_answer: what it gives its answer.
    """

    index: int
    label: int
    answer: int
    probability_of_label: float
    probability_of_answer: float


def suspect_labels(probabilities: NDArray[np.floating[Any]], labels: NDArray[np.integer[Any]]) -> list[Suspect]:
    """Images that the model counts, as surely as that class's own images, to another class than their label's.

    It judges held-out probabilities only: a net has learned the wrong labels of its training images along with the right ones, and finds
    nothing wrong with them.

    How sure is sure differs by class: each has as threshold the mean probability that images labelled so give it. An image stands in the
    confident joint at its label and the likeliest of the classes whose threshold it reaches; off the diagonal are the suspects.

    Args:
        probabilities: float (n, classes), of images the model was not trained on.
        labels: int (n,).

    Returns:
        The suspects, those first whose label has the largest margin against it: probability of the answer less that of the label.
    """
    of_label = probabilities[np.arange(len(labels)), labels]
    classes = probabilities.shape[1]
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=of_label, minlength=classes)
    # Of a class without labelled images nobody knows how sure is sure: none is counted to it.
    thresholds = (
        np.where(counts > 0, sums / np.maximum(counts, 1), np.inf) - 1e-6
    )  # a mean of equals may exceed them by rounding
    reached = np.where(probabilities >= thresholds, probabilities, -1)
    counted_to = np.where(reached.max(axis=1) >= 0, reached.argmax(axis=1), labels)
    answers, of_answer = probabilities.argmax(axis=1), probabilities.max(axis=1)
    # Where the label is still the likeliest class, a lower threshold of another says little against it.
    found = np.flatnonzero((counted_to != labels) & (answers != labels))
    return [
        Suspect(int(index), int(labels[index]), int(answers[index]), float(of_label[index]), float(of_answer[index]))
        for index in found[np.argsort(of_label[found] - of_answer[found], kind="stable")]
    ]
