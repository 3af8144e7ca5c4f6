"""Make images of the arrays that scikit-learn's estimators take. The training's decide how, for later ones too."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.disk import Images
from convlet.data.pixels import Scale, as_images, raw_of, scale_of
from convlet.errors import DataError
from convlet.system.watch import Watch

LEAST = 64  # features, 8x8: fewer are no picture
_SIDE = 8  # pixels of the image that shows a table's row
_SMALLEST = 4  # pixels a side of `image_shape`
_WHITE = 255
_NAME = "X"  # what errors call the arrays, as scikit-learn does


@dataclass(frozen=True, eq=False)
class Reader:
    """How arrays become images, decided by those of the training.

    Attributes:
        shape: of one image as given, without the number of images; (features,) for rows.
        image_shape: what rows are, (height, width) or (height, width, channels); None for squares, and for images.
        scale: what becomes 255, and where the channels are.
        table: the lowest and highest number of each feature, float64 (features,), if rows are no pixels; else None.
    """

    shape: tuple[int, ...]
    image_shape: tuple[int, ...] | None
    scale: Scale
    table: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    @classmethod
    def of(cls, arrays: NDArray[Any], image_shape: Sequence[int] | None, watch: Watch) -> "Reader":
        """Decide by the arrays of a training: (n, height, width), (n, height, width, channels) or (n, features).

        Raises:
            DataError: another shape or type, or numbers that are no pixels.
        """
        shape = arrays.shape[1:]
        if len(shape) > 1:
            return cls(shape, None, scale_of(raw_of(arrays), _NAME, watch))
        if image_shape is not None:
            checked = _checked(image_shape, shape[0])
            reader = cls(shape, checked, Scale())
            return replace(reader, scale=scale_of(raw_of(reader.shaped(arrays)), _NAME, watch))
        if shape[0] < LEAST:
            warnings.warn(
                f"X has {shape[0]} features, fewer than the {LEAST} pixels of the smallest image: they are taken for "
                "the numbers of a table, each for a part of an image. Other classifiers suit tables better. If they "
                "are pixels, give image_shape=(height, width).",
                stacklevel=3,
            )
            return cls(shape, None, Scale(), (arrays.min(axis=0).astype(float), arrays.max(axis=0).astype(float)))
        if math.isqrt(shape[0]) ** 2 != shape[0]:
            raise DataError(
                f"X has {shape[0]:,} features, which are no square image; expected the pixels of one, such as 784 for "
                "28x28. Leave out columns that are no pixels, or give image_shape=(height, width) or (height, width, "
                "channels)."
            )
        return cls(shape, None, scale_of(raw_of(arrays), _NAME, watch))

    def shaped(self, arrays: NDArray[Any]) -> NDArray[Any]:
        """Return rows of pixels as images, if `image_shape` says which; else the arrays."""
        return arrays if self.image_shape is None else arrays.reshape(len(arrays), *self.image_shape)

    def images(self, arrays: NDArray[Any]) -> Images:
        """Return images, uint8 (n, height, width) or (n, height, width, channels).

        Raises:
            DataError: another shape than the training's, or pixels beyond its.
        """
        if arrays.shape[1:] != self.shape:
            raise DataError(
                f"X has the shape {arrays.shape}; expected (n, {', '.join(map(str, self.shape))}), as in fit."
            )
        if self.table is None:
            return as_images(raw_of(self.shaped(arrays)), self.scale, _NAME)
        low, high = self.table
        parts = (arrays - low) / np.where(high > low, high - low, 1)
        return _as_tiles(np.rint(np.clip(parts, 0, 1) * _WHITE).astype(np.uint8))


def _as_tiles(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Show each row of up to 64 numbers as an image of 8x8 pixels, each number as a square as large as fits."""
    tile = max(size for size in (8, 4, 2, 1) if (_SIDE // size) ** 2 >= rows.shape[1])
    side = _SIDE // tile
    grid = np.zeros((len(rows), side * side), np.uint8)
    grid[:, : rows.shape[1]] = rows
    return grid.reshape(-1, side, side).repeat(tile, axis=1).repeat(tile, axis=2)


def _checked(given: Any, features: int) -> tuple[int, ...]:
    sides = tuple(given) if isinstance(given, Sequence) and not isinstance(given, str) else ()
    whole = all(isinstance(one, int | np.integer) and not isinstance(one, bool) for one in sides)
    if not whole or len(sides) not in (2, 3) or min(sides[:2]) < _SMALLEST or (sides[2:] and sides[2] not in (1, 3)):
        raise DataError(
            f"image_shape={given!r} is not a shape. Expected (height, width) or (height, width, channels), with at "
            f"least {_SMALLEST} pixels a side and 1 or 3 channels, such as (28, 28) or (32, 32, 3)."
        )
    if math.prod(sides) != features:
        raise DataError(
            f"X has {features:,} features; expected {math.prod(sides):,}, the pixels of image_shape={tuple(given)}."
        )
    return tuple(map(int, sides))
