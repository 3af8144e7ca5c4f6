"""Change the ink: another pen, clutter at the edge, noise, an erased box. The caller inverts dark ink."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import PICTURE, Recipe
from convlet.system.engine import keras
from convlet.training.augmentation import boxes

_COLUMNS = {"thickness": 1, "clutter": 4, "noise": 3, "erasing": 4}
_NOISY = 0.5  # of the images
_NEAREST, _FARTHEST = 0.1, 0.45  # of the shorter side, between the center and where clutter begins
_ERASED = (1 / 8, 1 / 3)  # of each side
_BANK = 256  # pixels, the side of the noise from which images get pieces


def columns(recipe: Recipe) -> int:
    """Return the number of values in a change, 0 for none."""
    return sum(count for field, count in _COLUMNS.items() if getattr(recipe, field))


def draw(recipe: Recipe, into: NDArray[np.float32], height: int, width: int, random: np.random.Generator) -> None:
    """Draw a change into each row of `into`, according to the recipe.

    `thickness`: how far the stroke's edge moves outward (pixels). `clutter`: how much of another image shows (0: none),
    its offset in the batch, its direction (radians) and distance (pixels) from the center. `noise`: its standard
    deviation (of 0 to 255), then the row and column of the piece. `erasing`: top, bottom, left, right of the box, or 0.
    """
    size, side = len(into), min(height, width)
    column = 0

    def put(values: NDArray[Any]) -> None:  # one at a time, as NumPy draws float64
        nonlocal column
        into[:, column] = values
        column += 1

    if recipe.thickness:
        put(random.uniform(-recipe.thickness, recipe.thickness, size))
    if recipe.clutter:
        put(random.uniform(0.5, 1, size) * (random.random(size) < recipe.clutter))
        put(random.integers(1, 2**16, size))
        put(random.uniform(0, 2 * np.pi, size))
        put(random.uniform(_NEAREST * side, _FARTHEST * side, size))
    if recipe.noise:
        put(random.uniform(0, 255 * recipe.noise, size) * (random.random(size) < _NOISY))
        put(random.integers(0, _BANK, size))
        put(random.integers(0, _BANK, size))
    if recipe.erasing:
        chosen = random.random(size) < recipe.erasing
        for edge in (height, width):
            for end in boxes.ends(np.round(random.uniform(*_ERASED, size) * edge), edge, random):
                put(end * chosen)


def apply(recipe: Recipe, images: Any, changes: Any) -> Any:
    """Change uint8 images (n, height, width, channels), each by its row of `changes`."""
    ops = keras().ops
    made = ops.cast(images, "float32")
    start = 0
    erased = _covered if recipe.reading == PICTURE else _erased
    parts: list[Callable[..., Any]] = [_thickened, _cluttered, _noisy, erased]
    for (field, count), change in zip(_COLUMNS.items(), parts, strict=True):
        if getattr(recipe, field):
            made = change(made, *(ops.reshape(changes[:, start + column], (-1, 1, 1, 1)) for column in range(count)))
            start += count
    return ops.cast(ops.round(ops.clip(made, 0, 255)), images.dtype)


def _thickened(images: Any, outward: Any) -> Any:
    """Move each stroke's edge by up to a pixel, part of the way to the 3x3 gray dilation or erosion."""
    ops = keras().ops
    wider = ops.max_pool(images, 3, 1, "same")
    narrower = -ops.max_pool(-images, 3, 1, "same")
    return images + ops.relu(outward) * (wider - images) + ops.relu(-outward) * (narrower - images)


def _cluttered(images: Any, share: Any, along: Any, direction: Any, distance: Any) -> Any:
    """Overlay the part of another image in the batch that is beyond a line away from the center."""
    ops = keras().ops
    height, width = images.shape[1:3]
    count = ops.shape(images)[0]
    flat = ops.cast(ops.reshape(along, (-1,)), "int32")
    other = ops.take(images, (ops.arange(count) + flat) % count, axis=0)
    y, x = boxes.rows_and_columns(images)
    y, x = y - (height - 1) / 2, x - (width - 1) / 2
    beyond = ops.cast(ops.cos(direction) * x + ops.sin(direction) * y > distance, "float32")
    return ops.maximum(images, other * share * beyond)


def _noisy(images: Any, deviation: Any, row: Any, column: Any) -> Any:
    """Add normal noise: a piece of a bank, cheaper than drawing and the same on every engine."""
    ops = keras().ops
    y, x = boxes.rows_and_columns(images)
    places = ops.cast((y + row) % _BANK * _BANK + (x + column) % _BANK, "int32")
    channels = 7919 * ops.arange(images.shape[-1], dtype="int32")
    return images + deviation * ops.take(_bank(), (places + channels) % _BANK**2, axis=0)


def _erased(images: Any, *box: Any) -> Any:
    return keras().ops.where(boxes.inside(images, *box), 0.0, images)


def _covered(images: Any, *box: Any) -> Any:
    """Fill the box with the image's mean color, because black is not a picture's background."""
    ops = keras().ops
    return ops.where(boxes.inside(images, *box), ops.mean(images, axis=(1, 2), keepdims=True), images)


@cache
def _bank() -> NDArray[np.float32]:
    """Draw normal noise of deviation 1: float32 (65536,)."""
    return np.random.default_rng(0).standard_normal(_BANK**2, np.float32)
