"""Find the threshold between two tones of a picture."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BINS = 256  # of pixels that are no whole numbers


def otsu(pixels: NDArray[Any]) -> float:
    """Return the threshold that best splits pixels into two groups: Otsu 1979, to the value scikit-image returns.

    Args:
        pixels: of any shape; whole numbers of 8 bits, or floats. They must differ.
    """
    if np.issubdtype(pixels.dtype, np.integer):
        least = int(pixels.min())
        counts: NDArray[Any] = np.bincount(pixels.ravel().astype(np.int64) - least)
        tones: NDArray[Any] = np.arange(least, least + len(counts))
    else:
        counts, edges = np.histogram(pixels, _BINS)
        tones = (edges[:-1] + edges[1:]) / 2
    counts = counts.astype(np.float32)
    below, above = np.cumsum(counts), np.cumsum(counts[::-1])[::-1]
    mean_below = np.cumsum(counts * tones) / below
    mean_above = (np.cumsum((counts * tones)[::-1]) / above[::-1])[::-1]
    return float(tones[np.argmax(below[:-1] * above[1:] * (mean_below[:-1] - mean_above[1:]) ** 2)])
