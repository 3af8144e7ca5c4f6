"""Rows of a list of image files that repeat earlier ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def repeated_rows(
    names: Sequence[str], splits: NDArray[Any], labels: NDArray[Any], differ: Callable[[int, int], Exception]
) -> dict[int, int]:
    """Return the rows that name a file which an earlier row of the same split names, each with the first such row.

    Few Python strings exist at a time: a list may have a million rows.

    Args:
        names: of the files, n of them.
        splits: int (n,), the number of each row's split.
        labels: int (n,), the number of each row's label.
        differ: makes the error for a row and the first such row, if their labels differ.
    """
    hashes = np.fromiter(map(hash, names), np.int64, len(names))
    _, places, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    first: dict[tuple[str, int], int] = {}
    repeated = {}
    for row in np.flatnonzero(counts[places] > 1).tolist():
        earlier = first.setdefault((names[row], int(splits[row])), row)
        if labels[row] != labels[earlier]:
            raise differ(row, earlier)
        if earlier != row:
            repeated[row] = earlier
    return repeated
