"""Warp images: shift, rotation, zoom, shear and elastic distortion."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import PICTURE, Recipe
from convlet.system.engine import keras

_FIELDS = ("shift", "rotation", "zoom", "shear", "flip", "elastic")
_GRID = 5  # points along each side that an elastic distortion moves
_AFFINE = 8  # numbers
_CHUNK = 10_000  # images


def columns(recipe: Recipe) -> int:
    """Return the number of values in a warp, 0 for none."""
    if not any(getattr(recipe, field) for field in _FIELDS):
        return 0
    return _AFFINE + (2 * _GRID**2 if recipe.elastic else 0)


def draw(recipe: Recipe, into: NDArray[np.float32], height: int, width: int, random: np.random.Generator) -> None:
    """Draw a warp into each row of `into`.

    Six numbers map a place (x, y, 1) in the new image to the place to read in the old one; two zeros follow, as in
    Keras's affine transformations. With `elastic`, 50 more say how many pixels right and down each point of a 5x5 grid
    moves.
    """
    size = len(into)

    def uniform(most: float) -> NDArray[np.float64]:
        return random.uniform(-most, most, size)

    angle, slant = np.deg2rad(uniform(recipe.rotation)), np.deg2rad(uniform(recipe.shear))
    wide, high = (np.exp(uniform(np.log1p(recipe.zoom))) for _ in range(2))
    right, down = uniform(recipe.shift), uniform(recipe.shift)
    if recipe.reading == PICTURE:  # by whole pixels, since reading between pixels blurs fine texture
        right, down = np.round(right), np.round(down)
    matrix = [np.cos(angle) * wide, -np.sin(angle + slant) * wide, np.sin(angle) * high, np.cos(angle + slant) * high]
    x, y = (width - 1) / 2, (height - 1) / 2  # the center of rotation and zoom
    zero = np.zeros(size)
    x_offset = x + right - matrix[0] * x - matrix[1] * y
    y_offset = y + down - matrix[2] * x - matrix[3] * y
    into[:, :_AFFINE] = np.stack([*matrix[:2], x_offset, *matrix[2:], y_offset, zero, zero], axis=1)
    # In chunks, since NumPy draws float64.
    for start in range(0, size if recipe.elastic else 0, _CHUNK):
        part = into[start : start + _CHUNK, _AFFINE:]
        part[:] = random.normal(0, recipe.elastic, part.shape)


def mirror(into: NDArray[np.float32], chosen: NDArray[np.bool_], width: int) -> None:
    """Make the warps of the chosen rows, bool (n,), read from the mirror images of the old ones."""
    into[chosen, :3] *= -1
    into[chosen, 2] += width - 1


def apply(recipe: Recipe, images: Any, changes: Any) -> Any:
    """Warp uint8 images (n, height, width, channels), each by its row of `changes`.

    Pixels from outside are black, or for a picture mirrored at the border.
    """
    if not recipe.elastic:
        fill = "reflect" if recipe.reading == PICTURE else "constant"
        return keras().ops.image.affine_transform(
            images, changes, interpolation="bilinear", fill_mode=fill, fill_value=0
        )
    ops = keras().ops
    height, width, channels = images.shape[1:]
    grid = ops.reshape(changes[:, _AFFINE:], (-1, _GRID, _GRID, 2))
    moved = ops.einsum("yi,nijk,xj->knyx", _between(height), grid, _between(width))
    y, x = ops.arange(height, dtype="float32")[:, np.newaxis], ops.arange(width, dtype="float32")
    affine = ops.transpose(changes[:, :6])[:, :, np.newaxis, np.newaxis]
    # A border of one black pixel makes outside pixels black.
    right = ops.clip(affine[0] * x + affine[1] * y + affine[2] + moved[0], -1, width) + 1
    down = ops.clip(affine[3] * x + affine[4] * y + affine[5] + moved[1], -1, height) + 1
    left, top = ops.minimum(ops.floor(right), width), ops.minimum(ops.floor(down), height)
    row = width + 2
    start = ops.reshape(ops.arange(ops.shape(images)[0]) * (row * (height + 2)), (-1, 1, 1))
    first = start + ops.cast(top, "int32") * row + ops.cast(left, "int32")
    pixels = ops.reshape(ops.pad(images, ((0, 0), (1, 1), (1, 1), (0, 0))), (-1, channels))

    def at(offset: int) -> Any:
        return ops.cast(ops.take(pixels, first + offset, axis=0), "float32")

    across, along = (right - left)[..., np.newaxis], (down - top)[..., np.newaxis]
    upper, lower = (at(edge) * (1 - across) + at(edge + 1) * across for edge in (0, row))
    return ops.cast(ops.round(upper * (1 - along) + lower * along), images.dtype)


def _between(side: int) -> NDArray[np.float32]:
    """Return each grid point's weight at each pixel of a side, interpolated linearly: (side, points)."""
    places = np.linspace(0, _GRID - 1, side)[:, np.newaxis]
    shares: NDArray[np.float32] = np.maximum(0, 1 - np.abs(places - np.arange(_GRID))).astype(np.float32)
    return shares
