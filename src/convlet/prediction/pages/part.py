"""A character of a page, or what may be one."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.reading.arrays import Pixels
from convlet.reading.place import Box, Floats


@dataclass(frozen=True)
class Part:
    """A character, or what may be one.

    Attributes:
        image: what the model saw, uint8.
        ink: its strokes alone, 0 to 1.
        box: in pixels of the page's ink.
        row: the number of its row.
        probabilities: float32 (classes,).
        certain: 0 to 1, how likely the ink was cut here and not elsewhere.
        symbol: see `symbols.symbol`; else an empty string.
    """

    image: Pixels
    ink: Floats
    box: Box
    row: int
    probabilities: NDArray[np.float32]
    certain: float = 1.0
    symbol: str = ""
