"""Order images by how much it helps to look at them."""

from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation import suspect_labels

UNLABELED = -1
# Why an image stands where it stands, in this order.
REASONS = ("unread", "two_labels", "suspect", "unlabeled", "unsure")


class Place(NamedTuple):
    """An image in the order.

    Attributes:
        image: its number.
        reason: one of `REASONS`, or "copy" for one that stands beside another that is nearly the same.
        beside: the number of that other; else None.
    """

    image: int
    reason: str
    beside: int | None = None


def ordered(
    probabilities: NDArray[np.floating[Any]],
    labels: NDArray[np.int64],
    copies: Sequence[NDArray[np.int64]] = (),
    unread: Collection[int] = (),
) -> list[Place]:
    """Order images: unreadable ones, copies under two labels, suspects of confident learning, then the least sure.

    Among images with a label the least sure is the one whose label is least likely beside the likeliest other class,
    among those without the one whose likeliest class is least likely. Copies stand side by side.

    Args:
        probabilities: float (n, classes), out of sample; NaN for an image without an answer.
        labels: int64 (n,), `UNLABELED` for none, or at least the number of classes for one that the model does not
            know.
        copies: groups of images that are the same, or nearly so.
        unread: the images that cannot be read.
    """
    count, classes = probabilities.shape
    read = ~np.isnan(probabilities).any(axis=1)
    known = read & (labels >= 0) & (labels < classes)
    of_label = np.where(known, probabilities[np.arange(count), np.where(known, labels, 0)], 0.0)
    others = np.where(read[:, np.newaxis], probabilities, 0.0)
    others[np.flatnonzero(known), labels[known]] = -1
    margin = np.where(known, of_label - others.max(axis=1), others.max(axis=1))
    reasons = np.full(count, REASONS.index("unsure"))
    reasons[labels == UNLABELED] = REASONS.index("unlabeled")
    rows = np.flatnonzero(known)
    if len(rows):
        suspects = suspect_labels(probabilities[rows], labels[rows])
        reasons[rows[[one.index for one in suspects]]] = REASONS.index("suspect")
    for group in copies:
        if len(set(labels[group].tolist()) - {UNLABELED}) > 1:
            reasons[group] = REASONS.index("two_labels")
    reasons[list(unread)] = REASONS.index("unread")
    group_of = {int(index): group for group in copies for index in group}
    places: list[Place] = []
    placed = np.zeros(count, np.bool_)
    for index in np.lexsort((np.arange(count), margin, reasons)).tolist():
        if placed[index]:
            continue
        places.append(Place(index, REASONS[reasons[index]]))
        placed[index] = True
        beside = [other for other in group_of.get(index, np.empty(0, np.int64)).tolist() if not placed[other]]
        alike = REASONS[reasons[index]] == "two_labels"
        places += [Place(other, "two_labels" if alike else "copy", index) for other in beside]
        placed[beside] = True
    return places
