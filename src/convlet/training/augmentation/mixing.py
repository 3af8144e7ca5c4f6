"""Replace a box in an image with another image: CutMix (Yun et al. 2019). The label counts both classes by area."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.recipes import Recipe
from convlet.system.engine import keras
from convlet.training.augmentation import boxes

_COLUMNS = 5
_PART = 4  # the column after the box's


def columns(recipe: Recipe) -> int:
    """Return the number of values in a change, 0 for none."""
    return _COLUMNS if recipe.mixing else 0


def draw(recipe: Recipe, into: NDArray[np.float32], height: int, width: int, random: np.random.Generator) -> None:
    """Draw a change into each row of `into`: top, bottom, left and right of the box, then its share of the image.

    All shares are equally likely. All values are 0 if the image stays whole.
    """
    size = len(into)
    chosen, side = random.random(size) < recipe.mixing, np.sqrt(random.random(size))
    into[:, _PART] = chosen
    for column, edge in ((0, height), (2, width)):
        start, end = boxes.ends(np.round(side * edge), edge, random)
        into[:, column], into[:, column + 1] = start * chosen, end * chosen
        into[:, _PART] *= (end - start) / edge


def apply(recipe: Recipe, images: Any, changes: Any) -> Any:  # noqa: ARG001
    """Let a box of each uint8 image (n, height, width, channels) show the image before it in the batch."""
    ops = keras().ops
    box = (ops.reshape(changes[:, column], (-1, 1, 1, 1)) for column in range(_PART))
    return ops.where(boxes.inside(images, *box), ops.roll(images, 1, axis=0), images)


def labels(given: Any, changes: Any) -> Any:
    """Return float32 (n, 3) for integer labels (n,): each image's class, the other's class, and the other's share."""
    ops = keras().ops
    own = ops.cast(given, "float32")
    return ops.stack([own, ops.roll(own, 1, axis=0), changes[:, _PART]], axis=1)
