"""Make images of none of the classes, to train a model to recognize such images.

After Hendrycks, Mazeika and Dietterich (2019), "Deep Anomaly Detection with Outlier Exposure". They are random. For
ink: invented characters, training images overlaid or cut up and reassembled, noise, blobs, patterns, empty backgrounds;
if the classes are digits, also printed letters in matplotlib's fonts. For pictures: see `no_pictures.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from itertools import product
from math import prod
from string import ascii_letters, digits

import numpy as np

from convlet.data import Split
from convlet.recipes import DARK_INK, PICTURE, Recipe
from convlet.training.augmentation.characters import Ink, character, fonts, printed
from convlet.training.augmentation.no_pictures import draw_pictures

_KINDS = {"characters": 0.25, "letters": 0.25, "overlaps": 0.15, "puzzles": 0.15, "fields": 0.2}  # of the outliers
_PIECES_OF = 3_000  # training images
_PURPOSE = 2  # differs from the plan's
_DIFFERENT, _PIXELS = 4_000, 1 << 22  # least outliers of pictures to draw, and most pixels: seconds


def with_outliers(split: Split, recipe: Recipe, class_names: Sequence[str], box: float) -> Split:
    """Append outliers, with the label after the last class; each epoch shows `shown_outliers` of them.

    Small sets of pictures get more than that: a net memorizes a few outliers.

    Args:
        split: for ink, gray images in one channel or three.
        recipe: resolved.
        class_names: if all are digits, letters are outliers of ink.
        box: see `Form`.
    """
    count = shown_outliers(recipe, split)
    if not count:
        return split
    random = np.random.default_rng((recipe.seed, _PURPOSE))
    pieces = split.images[split.sample(_PIECES_OF)]
    if recipe.reading == PICTURE:
        count = max(count, min(_DIFFERENT, _PIXELS // prod(split.image_shape[:2])))
        made = draw_pictures(count, pieces, random)
    else:
        ink = 255 - pieces[..., 0] if recipe.reading == DARK_INK else pieces[..., 0]
        letters = ascii_letters if all(name in digits for name in class_names) else ""
        made = draw(count, ink, box, random, letters)
        made = (255 - made if recipe.reading == DARK_INK else made)[..., np.newaxis]
        made = made.repeat(split.image_shape[-1], axis=-1)
    images = np.concatenate([split.images, made])
    labels = np.concatenate([split.labels, np.full(count, len(class_names))])
    return replace(split, images=images, labels=labels, files=None)  # outliers do not come from files


def shown_outliers(recipe: Recipe, split: Split) -> int:
    """Return the number of outliers per epoch: `recipe.outliers` for each image, but none with data on disk."""
    if not recipe.outliers or not isinstance(split.images, np.ndarray):
        return 0
    return max(1, round(recipe.outliers * len(split)))


def draw(count: int, images: Ink, box: float, random: np.random.Generator, letters: str = "") -> Ink:
    """Draw `count` outliers of all kinds, as large as `images`; without `letters`, more invented characters."""
    side = box * min(images.shape[1:])
    counts = [round(count * share) for share in _KINDS.values()]
    counts[0] += count - sum(counts)
    height, width = images.shape[1:]

    def some(number: int) -> Ink:
        return images[random.integers(len(images), size=number)]

    faces = fonts() if letters else []

    def letter() -> Ink:
        face = faces[random.integers(len(faces))]
        return printed(letters[random.integers(len(letters))], face, height, width, side, random)

    scribble = partial(character, height, width, side, random)
    makers: list[Callable[[], Ink]] = [
        scribble,
        letter if letters else scribble,
        lambda: _overlap(some(2), random),
        lambda: _puzzle(some(4), random),
        lambda: _field(height, width, random),
    ]
    return np.concatenate(
        [images[:0], *(make()[np.newaxis] for make, number in zip(makers, counts, strict=True) for _ in range(number))]
    )


def _overlap(images: Ink, random: np.random.Generator) -> Ink:
    """Overlay two images, each shifted a little to one side."""
    one, other = images
    most = max(2, one.shape[1] // 4)
    laid: Ink = np.maximum(
        np.roll(one, -random.integers(1, most + 1), axis=1), np.roll(other, random.integers(1, most + 1), axis=1)
    )
    return laid


def _puzzle(images: Ink, random: np.random.Generator) -> Ink:
    """Combine two halves or four quarters of different images, in shuffled positions."""
    _, height, width = images.shape
    y, x = height // 2, width // 2
    kind = random.random()
    if kind < 0.25:
        return np.vstack([images[0][y:], images[1][:y]])
    if kind < 0.5:
        return np.hstack([images[0][:, x:], images[1][:, :x]])
    corners = list(product((slice(y), slice(height - y, None)), (slice(x), slice(width - x, None))))
    made = np.zeros((height, width), np.uint8)
    for place, (image, other) in zip(corners, zip(images, random.permutation(4), strict=True), strict=True):
        made[place] = image[corners[other]]
    return made


def _field(height: int, width: int, random: np.random.Generator) -> Ink:
    """Draw noise of any grain, waves, soft blobs or an empty background; a third in two tones, some on gray."""
    from scipy import ndimage

    y, x = np.mgrid[:height, :width] / min(height, width) - 0.5
    kind = random.random()
    field = np.zeros((height, width))
    if kind < 0.65:
        field = random.normal(0, 1, (height, width)) if random.random() < 0.5 else random.random((height, width))
        field = ndimage.gaussian_filter(
            field, random.choice([0, 0, 0.5, 1, 2, 3, 5]) * random.uniform(0.5, 1.5, 2) * min(height, width) / 28
        )
        if random.random() < 0.3:
            field = field * np.exp(-(x * x + y * y) / random.uniform(0.02, 0.2))
    elif kind < 0.85:
        angle = random.uniform(0, np.pi)
        field = np.sin(
            2 * np.pi * random.uniform(2, 12) * (np.cos(angle) * x + np.sin(angle) * y) + random.uniform(0, 2 * np.pi)
        )
        if random.random() < 0.4:
            field = field * np.sin(2 * np.pi * random.uniform(2, 12) * (np.cos(angle) * y - np.sin(angle) * x))
        field = field + random.normal(0, random.uniform(0, 0.5), field.shape)
    elif kind < 0.97:
        for _ in range(random.integers(1, 5)):
            (down, right), (high, wide) = random.uniform(-0.3, 0.3, 2), random.uniform(0.05, 0.3, 2)
            field = np.maximum(
                field, np.exp(-((((y - down) / high) ** 2 + ((x - right) / wide) ** 2) ** random.choice([1, 2, 4])))
            )
    field = field - field.min()
    field = field / (field.max() or 1)
    if random.random() < 0.35:
        field = (field > random.uniform(0.3, 0.8)).astype(float)
    ground = random.uniform(0, 0.5) * (random.random() < 0.4)
    levels: Ink = (255 * (ground + field * (1 - ground)) * random.choice([1, 1, 0.5])).astype(np.uint8)
    return levels
