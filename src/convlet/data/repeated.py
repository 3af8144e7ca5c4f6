"""Find rows in a list of image files that repeat earlier ones."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def repeated_rows(
    names: Sequence[str], splits: NDArray[Any], labels: NDArray[Any], differ: Callable[[int, int], Exception]
) -> dict[int, int]:
    """Return the rows whose file an earlier row of the same split names, each with the first such row.

    Only few Python strings exist at a time: a list may have a million rows.

    Args:
        names: those of the n files.
        splits: int (n,), the number of each row's split.
        labels: int (n,), the number of each row's label.
        differ: makes the error if the labels of a row and the first such row differ.
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
