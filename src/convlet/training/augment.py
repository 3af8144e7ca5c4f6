"""Augmentation: small random changes of the training images, drawn anew for each epoch.

What is drawn depends on seed and epoch alone (see `plan.py`); applying it is the engine's work, on whole batches.
No flips: a mirrored 2 is no 2.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.engine import keras
from convlet.recipes import Recipe

_FIELDS = ("shift", "rotation", "zoom", "shear", "elastic", "erasing")
_ERASED = (1 / 8, 1 / 3)  # of each side
_GRID = 5  # points along each side that an elastic distortion moves
_PLAIN = 12  # numbers of a change without elastic distortion
_CHUNK = 10_000  # images


def augments(recipe: Recipe) -> bool:
    """Whether the recipe changes its training images at all."""
    return any(getattr(recipe, field) for field in _FIELDS)


def columns(recipe: Recipe) -> int:
    """How many numbers a change of `draw` has."""
    return _PLAIN + (2 * _GRID**2 if recipe.elastic else 0)


def draw(recipe: Recipe, size: int, height: int, width: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw one change for each of `size` images.

    Returns:
        float32, (size, 12): the six numbers that take a place (x, y, 1) of the new image to the one of the old it is read from, two zeros
        (Keras's form of an affine transformation), then top, bottom, left and right of the box to blacken, in pixels (all 0 for none).
        With `elastic` (size, 62): then by how many pixels right and down each point of a 5x5 grid over the image is read from elsewhere.
    """

    def uniform(most: float) -> NDArray[np.float64]:
        return random.uniform(-most, most, size)

    angle, slant = np.deg2rad(uniform(recipe.rotation)), np.deg2rad(uniform(recipe.shear))
    wide, high = (np.exp(uniform(np.log1p(recipe.zoom))) for _ in range(2))
    right, down = uniform(recipe.shift), uniform(recipe.shift)
    matrix = [np.cos(angle) * wide, -np.sin(angle + slant) * wide, np.sin(angle) * high, np.cos(angle + slant) * high]
    x, y = (width - 1) / 2, (height - 1) / 2  # turned and stretched around the middle
    zero = np.zeros(size)
    rows = [matrix[0], matrix[1], x + right - matrix[0] * x - matrix[1] * y, matrix[2], matrix[3], y + down - matrix[2] * x - matrix[3] * y]
    drawn = np.empty((size, columns(recipe)), np.float32)
    drawn[:, :_PLAIN] = np.stack([*rows, zero, zero, *_boxes(recipe.erasing, size, height, width, random)], axis=1)
    for start in range(0, size if recipe.elastic else 0, _CHUNK):  # NumPy draws in twice the precision, so in twice the memory
        part = drawn[start : start + _CHUNK, _PLAIN:]
        part[:] = random.normal(0, recipe.elastic, part.shape)
    return drawn


def apply(images: Any, changes: Any) -> Any:
    """Make the drawn changes: uint8 images (n, height, width, channels) and `changes` of `draw` to images of the same form.

    Places outside the old image are black.
    """
    ops = keras().ops
    if changes.shape[1] == _PLAIN:
        moved = ops.image.affine_transform(images, changes[:, :8], interpolation="bilinear", fill_mode="constant", fill_value=0)
    else:
        moved = _warped(images, changes)
    height, width = images.shape[1:3]
    top, bottom, left, right = (ops.reshape(changes[:, column], (-1, 1, 1, 1)) for column in range(8, 12))
    y, x = (ops.reshape(ops.arange(side, dtype="float32"), shape) for side, shape in ((height, (1, -1, 1, 1)), (width, (1, 1, -1, 1))))
    erased = (y >= top) & (y < bottom) & (x >= left) & (x < right)
    return ops.where(erased, ops.zeros_like(moved), moved)


def _warped(images: Any, changes: Any) -> Any:
    """The images, each place read from where the affine transformation and the elastic displacement say, between pixels linearly."""
    ops = keras().ops
    height, width, channels = images.shape[1:]
    grid = ops.reshape(changes[:, _PLAIN:], (-1, _GRID, _GRID, 2))
    moved = ops.einsum("yi,nijk,xj->knyx", _between(height), grid, _between(width))
    y, x = ops.arange(height, dtype="float32")[:, np.newaxis], ops.arange(width, dtype="float32")
    affine = ops.transpose(changes[:, :6])[:, :, np.newaxis, np.newaxis]
    # One black pixel around each image, so that whatever is read from outside is black.
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
    """How much each of the grid's points counts at each pixel of a side: (side, points), linear between them."""
    places = np.linspace(0, _GRID - 1, side)[:, np.newaxis]
    shares: NDArray[np.float32] = np.maximum(0, 1 - np.abs(places - np.arange(_GRID))).astype(np.float32)
    return shares


def _boxes(fraction: float, size: int, height: int, width: int, random: np.random.Generator) -> list[NDArray[np.float64]]:
    """Top, bottom, left, right of a box in `fraction` of the images, 0 in the others."""
    chosen = random.random(size) < fraction
    edges = []
    for side in (height, width):
        length = np.round(random.uniform(*_ERASED, size) * side)
        start = np.floor(random.random(size) * (side - length + 1))
        edges += [start * chosen, (start + length) * chosen]
    return edges
