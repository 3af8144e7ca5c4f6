"""Read batches of images from disk during training, for engines without `tf.data`.

Grain (from the extra `jax`) reads several batches at a time, in order. Without it, as on Windows, each batch is read
when needed.
"""

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.data import ImagesOnDisk, Split
from convlet.errors import MissingExtraError
from convlet.system.extras import optional
from convlet.system.machine import cores

Batch: TypeAlias = "tuple[NDArray[np.uint8], NDArray[np.int64]]"
_MOST = 8
_AHEAD = 4  # batches per thread


def readers() -> int:
    """Return the number of batches to read at a time: one per core, from 2 to 8."""
    return max(2, min(cores(), _MOST))


def read_ahead(split: Split, order: NDArray[np.int64], batch_size: int, first: int) -> Iterator[Batch]:
    """Read an epoch's batches in `order`, int64 (n,), starting at number `first` (from 0); the last may be smaller."""

    def batch(start: int) -> Batch:
        rows = order[start : start + batch_size]
        return split.images[rows], split.labels[rows]

    starts = range(first * batch_size, len(order), batch_size)
    grain = _grain() if isinstance(split.images, ImagesOnDisk) else None
    if grain is None:
        return map(batch, starts)
    options = grain.ReadOptions(num_threads=readers(), prefetch_buffer_size=_AHEAD * readers())
    return iter(grain.MapDataset.source(starts).map(batch).to_iter_dataset(options))


def _grain() -> Any:
    try:
        return optional("grain", "jax")
    except MissingExtraError:
        return None
