"""Cut a split by where its images were filed, whatever was decided about their labels later.

So no decision moves an image from test to train: a model would be judged on what it has learned.
"""

import hashlib
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError

NOWHERE = -1
_CUT_SEED = 0  # the splits belong to the data, not to a run: they are the same for every recipe and seed


@dataclass(frozen=True, eq=False)
class Filed:
    """Where the images of a split were filed, with those that decisions leave out.

    Attributes:
        labels: int64 (m,), by the folders, in order; `NOWHERE` for an image in no class folder.
        draws: float64 (m,), 0 to 1, from the files' names: they cut the images that are in no class folder.
        rows: int64 (n,), for each image of the split which of the m it is.
    """

    labels: NDArray[np.int64]
    draws: NDArray[np.float64]
    rows: NDArray[np.int64]

    def take(self, indices: NDArray[np.int64]) -> "Filed":
        """Return the same for some images of the split."""
        return replace(self, rows=self.rows[indices])

    def cut(self, fraction: float) -> tuple[NDArray[np.bool_], "Filed", "Filed"]:
        """Return which of the m images are split off, and what is left and split off, without rows."""
        inside = self.labels != NOWHERE
        chosen = np.where(inside, False, self.draws < fraction)
        if inside.any():
            chosen[inside] = chosen_of(self.labels[inside], fraction)
        elif not chosen.any() or chosen.all():  # of a few
            chosen = self.draws <= self.draws.min() if not chosen.any() else self.draws < self.draws.max()
        draws = np.where(chosen, self.draws / fraction, (self.draws - fraction) / (1 - fraction)).clip(0, 1)
        rest, off = (Filed(self.labels[part], draws[part], np.empty(0, np.int64)) for part in (~chosen, chosen))
        return chosen, rest, off


def draws_of(names: Iterable[str]) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each name, always the same one."""
    digests = (hashlib.sha256(os.fsencode(name)).digest()[:8] for name in names)
    return np.array([int.from_bytes(digest, "big") / 2**64 for digest in digests], np.float64)


def chosen_of(labels: NDArray[np.int64], fraction: float) -> NDArray[np.bool_]:
    """Choose `fraction` of the images (rounded up), stratified by class; every class keeps at least one image.

    Returns:
        bool (n,), all False if no class has two images.
    """
    counts = np.bincount(labels)
    shares = counts * fraction
    taken = np.minimum(np.floor(shares), np.maximum(counts - 1, 0)).astype(np.int64)
    wanted = int(np.ceil(len(labels) * fraction - 1e-9))
    for label in np.argsort(taken - shares, kind="stable"):  # the largest remainders first
        if taken.sum() < wanted and taken[label] < counts[label] - 1:
            taken[label] += 1
    random = np.random.default_rng(_CUT_SEED)
    chosen = np.zeros(len(labels), dtype=bool)
    for label, count in enumerate(taken):
        chosen[random.permutation(np.flatnonzero(labels == label))[:count]] = True
    return chosen


def rows_cut(
    labels: NDArray[np.int64], filed: Filed | None, fraction: float, name: str
) -> tuple[tuple[NDArray[np.int64], Filed | None], tuple[NDArray[np.int64], Filed | None]]:
    """Return the rows of a split that are left and those that are split off, in order, each with where they were filed.

    Args:
        labels: int64 (n,), the split's.
        filed: where its images were filed; None to cut by the labels.
        fraction: of the images.
        name: the split's, for errors.

    Raises:
        DataError: one of the two would be empty.
    """
    if filed is None:
        off = chosen_of(labels, fraction)
        parts: tuple[Filed | None, Filed | None] = (None, None)
    else:
        chosen, *found = filed.cut(fraction)
        off = chosen[filed.rows]
        places = np.where(chosen, np.cumsum(chosen) - 1, np.cumsum(~chosen) - 1)[filed.rows]
        parts = (replace(found[0], rows=places[~off]), replace(found[1], rows=places[off]))
    if not off.any() or off.all():
        raise DataError(
            f"{name} has too few images to split ({len(labels)}): no class has 2. Give every class at least 2."
        )
    return (np.flatnonzero(~off), parts[0]), (np.flatnonzero(off), parts[1])
