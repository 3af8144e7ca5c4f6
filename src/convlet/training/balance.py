"""Decide how often an epoch shows each image, if one class has far more than another, or there are many outliers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_NEW, _ALONE = 2 / 3, 100  # times the kept images of a class; images of a class where none are kept
MOST = 3  # the largest class is shown at most this many times as often as a rarer one


@dataclass(frozen=True)
class Shares:
    """The images of each class, int64 arrays of indices, and how many of them an epoch shows; outliers come last."""

    images: tuple[NDArray[np.int64], ...]
    shown: tuple[int, ...]

    def draw(self, random: np.random.Generator) -> NDArray[np.int64]:
        """Draw an epoch's order: int64, an index for each image shown.

        Within a class, all images appear equally often, some once more.
        """
        parts = []
        for images, shown in zip(self.images, self.shown, strict=True):
            parts += [images] * (shown // len(images))
            parts.append(random.permutation(images)[: shown % len(images)])
        return random.permutation(np.concatenate(parts))


def shares_of(
    labels: NDArray[np.int64], classes: int, outliers: int | None = None, *, even: bool = True
) -> Shares | None:
    """Return how often to show each class, or None if an epoch shows every image once.

    A class is shown in proportion to its images, but at least to a third of the largest class's. An epoch shows as
    many images of the classes as there are.

    Args:
        labels: int64 (n,); those beyond the classes belong to outliers.
        classes: number of classes; those without images are left out.
        outliers: number of outliers in an epoch; all by default.
        even: False to show a class only in proportion to its images.
    """
    counts = np.bincount(labels, minlength=classes)
    known = np.flatnonzero(counts[:classes])
    wanted = np.maximum(counts[known], counts[known].max() / MOST if even else 0)
    others = np.flatnonzero(labels >= classes)
    outliers = len(others) if outliers is None else outliers
    if outliers == len(others) and (wanted == counts[known]).all():
        return None
    total = int(counts[known].sum())
    ends = np.round(np.cumsum(wanted) * total / wanted.sum()).astype(np.int64)
    images = [*(np.flatnonzero(labels == label) for label in known), others]
    shown = [*map(int, np.diff(ends, prepend=0)), outliers]
    present = [place for place, rows in enumerate(images) if len(rows)]
    return Shares(tuple(images[place] for place in present), tuple(shown[place] for place in present))


def shares_of_taught(labels: NDArray[np.int64], taught: slice, classes: int, outliers: int) -> Shares:
    """Return how often to show each image where few new ones stand among those kept of an earlier training.

    Kept images are shown once. Of each class the new images together are shown `_NEW` times as often as the kept ones
    of a class, or as often if none of theirs are kept; each at least once.

    Args:
        labels: int64 (n,); those beyond the classes belong to outliers.
        taught: where the new images are.
        classes: number of classes.
        outliers: number of outliers in an epoch.
    """
    new = np.zeros(len(labels), bool)
    new[taught] = True
    others = labels >= classes
    before = np.bincount(labels[~new & ~others], minlength=classes)
    usual = before[before > 0].mean() if before.any() else _ALONE
    images, shown = [], []
    for label in range(classes):
        mine = labels == label
        for rows, count in (
            (np.flatnonzero(mine & ~new), before[label]),
            (np.flatnonzero(mine & new), usual * (_NEW if before[label] else 1.0)),
        ):
            if len(rows):
                images.append(rows)
                shown.append(max(len(rows), round(float(count))))
    if others.any():
        images.append(np.flatnonzero(others))
        shown.append(outliers)
    return Shares(tuple(images), tuple(shown))
