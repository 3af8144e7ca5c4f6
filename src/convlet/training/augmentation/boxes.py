"""Place boxes in images, and find the pixels inside."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.system.engine import keras


def ends(
    lengths: NDArray[np.float64], edge: int, random: np.random.Generator
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return random positions where boxes of integer lengths (n,) begin and end along an edge: each (n,), in pixels."""
    start = np.floor(random.random(len(lengths)) * (edge - lengths + 1))
    return start, start + lengths


def inside(images: Any, top: Any, bottom: Any, left: Any, right: Any) -> Any:
    """Return which pixels of images (n, height, width, channels) are in their box: bool (n, height, width, 1)."""
    y, x = rows_and_columns(images)
    return (y >= top) & (y < bottom) & (x >= left) & (x < right)


def rows_and_columns(images: Any) -> tuple[Any, Any]:
    """Return each pixel's row and column: float32 (height, 1, 1) and (width, 1)."""
    ops = keras().ops
    height, width = (ops.arange(side, dtype="float32")[:, np.newaxis] for side in images.shape[1:3])
    return height[:, np.newaxis], width
