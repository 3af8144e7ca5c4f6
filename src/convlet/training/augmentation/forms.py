"""Draw digits in forms that data sets of digits lack: a 1 with a flag, an open 4, a 7 with a bar or a hook.

Each form is a few strokes through points; every drawing moves the points, leans, and has a pen of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from convlet.data import Split
from convlet.recipes import DARK_INK, PICTURE, Recipe
from convlet.training.augmentation.characters import FINE, Ink, in_place

_PURPOSE = 3  # differs from the plan's and the outliers'
_UNSTEADY = 0.035  # of the height: how far points are off
_PENS = (1.2, 4.2)  # pixels in a box of 20
_ROUND = 8  # points between two of a curve

Stroke = Sequence[tuple[float, float]]  # x to the right and y down, of the height; curved if it has over three points

# What people draw, from the way digits are taught in different countries and from how pens fail.
FORMS: Mapping[str, Sequence[Sequence[Stroke]]] = {
    "0": (
        [[(0.3, 0), (0.02, 0.3), (0.05, 0.75), (0.3, 1), (0.56, 0.75), (0.58, 0.3), (0.3, 0)],
         [(0.5, 0.12), (0.1, 0.88)]],
        [[(0.3, 0), (0.02, 0.3), (0.05, 0.75), (0.3, 1), (0.56, 0.75), (0.58, 0.3), (0.36, 0.02)]],
    ),
    "1": (
        [[(0.0, 0.3), (0.34, 0), (0.34, 1)]],
        [[(0.1, 0.22), (0.34, 0), (0.34, 1)]],
        [[(0.0, 0.42), (0.36, 0), (0.3, 1)]],
        [[(0.16, 0.16), (0.34, 0), (0.34, 1)]],
        [[(0.02, 0.3), (0.34, 0), (0.34, 1)], [(0.04, 1), (0.64, 1)]],
        [[(0.12, 0.2), (0.34, 0), (0.34, 1)], [(0.14, 1), (0.54, 1)]],
        [[(0.34, 0), (0.34, 1)], [(0.12, 1), (0.56, 1)]],
    ),
    "2": (
        [[(0.03, 0.22), (0.25, 0), (0.52, 0.2), (0.35, 0.6), (0.02, 1)], [(0.02, 1), (0.6, 0.97)]],
        [[(0, 0.03), (0.5, 0.02), (0.03, 0.98)], [(0.03, 0.98), (0.56, 0.98)]],
    ),
    "3": (
        [[(0.02, 0.02), (0.52, 0.02), (0.22, 0.4)], [(0.22, 0.4), (0.52, 0.52), (0.52, 0.85), (0.25, 1), (0, 0.88)]],
    ),
    "4": (
        [[(0.14, 0), (0.0, 0.48), (0.54, 0.5)], [(0.46, 0.1), (0.4, 1)]],
        [[(0.06, 0), (0.06, 0.46), (0.52, 0.46)], [(0.5, 0), (0.5, 1)]],
        [[(0.4, 0), (0.0, 0.62), (0.6, 0.62)], [(0.42, 0.32), (0.42, 1)]],
        [[(0.42, 1), (0.42, 0)], [(0.42, 0), (0.0, 0.66), (0.62, 0.66)]],
    ),
    "5": (
        [[(0.2, 0.02), (0.12, 0.42)], [(0.12, 0.42), (0.4, 0.42), (0.5, 0.7), (0.32, 0.98), (0, 0.94)],
         [(0.2, 0.02), (0.58, 0)]],
        [[(0.16, 0.06), (0.1, 0.44)], [(0.1, 0.5), (0.36, 0.44), (0.46, 0.72), (0.3, 1), (0, 0.96)],
         [(0.2, 0.2), (0.6, 0.16)]],
        [[(0.5, 0.02), (0.1, 0.02), (0.06, 0.44)], [(0.06, 0.44), (0.4, 0.4), (0.5, 0.7), (0.3, 0.98), (0, 0.92)]],
    ),
    "6": ([[(0.44, 0), (0.1, 0.4), (0.03, 0.75), (0.25, 1), (0.48, 0.8), (0.35, 0.55), (0.06, 0.66)]],),
    "7": (
        [[(0, 0.03), (0.52, 0.03), (0.2, 1)], [(0.12, 0.5), (0.52, 0.47)]],
        [[(0, 0.2), (0.02, 0.03)], [(0.02, 0.03), (0.52, 0.03), (0.28, 1)]],
        [[(0.02, 0.34), (0.04, 0.02)], [(0.04, 0.02), (0.52, 0.02), (0.42, 1)]],
        [[(0, 0.05), (0.4, 0.03), (0.32, 1)]],
    ),
    "8": (
        [[(0.3, 0), (0.08, 0.14), (0.12, 0.38), (0.3, 0.46), (0.48, 0.36), (0.5, 0.12), (0.3, 0)],
         [(0.3, 0.46), (0.03, 0.64), (0.06, 0.92), (0.3, 1), (0.54, 0.9), (0.56, 0.64), (0.3, 0.46)]],
    ),
    "9": (
        [[(0.46, 0.16), (0.26, 0), (0.03, 0.22), (0.18, 0.46), (0.46, 0.3)], [(0.46, 0.1), (0.44, 1)]],
        [[(0.46, 0.16), (0.26, 0), (0.03, 0.22), (0.18, 0.46), (0.46, 0.3)],
         [(0.46, 0.12), (0.46, 0.7), (0.36, 0.98), (0.14, 1), (0.02, 0.86)]],
    ),
}  # fmt: skip
_SHARES = {"1": 3.0, "4": 2.0, "7": 2.0, "5": 1.5}  # digits that people draw in most ways


def takes_forms(split: Split, class_names: Sequence[str]) -> bool:
    """Return whether the classes are the ten digits and the images in memory."""
    return sorted(class_names) == sorted(FORMS) and isinstance(split.images, np.ndarray)


def with_forms(split: Split, recipe: Recipe, class_names: Sequence[str], box: float) -> Split:
    """Append drawn digits, `recipe.forms` for each image, if the classes are the ten digits and the images are ink."""
    count = round(recipe.forms * len(split))
    if recipe.reading == PICTURE or not count or not takes_forms(split, class_names):
        return split
    random = np.random.default_rng((recipe.seed, _PURPOSE))
    height, width, channels = split.image_shape
    weights = np.array([_SHARES.get(name, 1.0) for name in class_names])
    labels = random.choice(len(class_names), count, p=weights / weights.sum())
    side = box * min(height, width)
    made = np.stack([drawn(class_names[label], height, width, side, random) for label in labels])
    made = (255 - made if recipe.reading == DARK_INK else made)[..., np.newaxis].repeat(channels, axis=-1)
    return replace(
        split,
        images=np.concatenate([split.images, made]),
        labels=np.concatenate([split.labels, labels]),
        files=None,
    )


def drawn(digit: str, height: int, width: int, side: float, random: np.random.Generator) -> Ink:
    """Draw a digit in one of its forms, `side` pixels large, light on black: uint8 (height, width)."""
    forms = FORMS[digit]
    tall = side * FINE
    pen = max(2, int(side / 20 * FINE * random.uniform(*_PENS)))
    slant, wide = random.normal(0, 0.14), random.uniform(0.75, 1.25)
    image = Image.new("L", (2 * width * FINE, 2 * height * FINE))
    draw = ImageDraw.Draw(image)
    middle = np.array(image.size) / 2 - (0.3 * tall, tall / 2)
    for stroke in forms[int(random.integers(len(forms)))]:
        points = np.array(stroke) + random.normal(0, _UNSTEADY, (len(stroke), 2))
        points = points * (wide, 1) + np.stack([slant * (1 - points[:, 1]), np.zeros(len(points))], axis=1)
        path = [tuple(point) for point in _curve(points) * tall + middle]
        draw.line(path, fill=255, width=pen, joint="curve")
        for x, y in (path[0], path[-1]):
            draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
    return in_place(image, height, width, side)


def _curve(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points along a smooth curve through more than three, and up to three unchanged: corners."""
    if len(points) <= 3:
        return points
    from scipy.interpolate import CubicSpline

    along = np.concatenate([[0], np.cumsum(np.hypot(*np.diff(points, axis=0).T) ** 0.5)])
    curve: NDArray[np.float64] = CubicSpline(along, points)(np.linspace(0, along[-1], _ROUND * len(points)))
    return curve
