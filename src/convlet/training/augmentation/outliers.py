"""Images that show none of the classes, for training a model to say so (Hendrycks, Mazeika and Dietterich 2019, "Deep Anomaly Detection with
Outlier Exposure").

They are made of chance and the training images: characters of no script, images cut up and put together wrongly or laid over each other, noise, clouds,
patterns, empty grounds; and where the classes are digits, printed letters in the fonts that matplotlib brings.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from string import ascii_letters, digits
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from convlet.data import Split
from convlet.recipes import DARK_INK, Recipe

_KINDS = {"characters": 0.25, "letters": 0.25, "overlaps": 0.15, "puzzles": 0.15, "fields": 0.2}  # of the outliers
_FONTS = r"(DejaVu(Sans|SansMono|Serif)|STIXGeneral)(-?(Bold|Bol|Ita|Italic|BolIta|Oblique|BoldOblique|BoldItalic))?|cm(b|r|ss|tt)10"
_LETTER = 96  # pixels a letter is drawn at
_PIECES_OF = 3_000  # training images
_FINE = 4  # strokes are drawn so many times larger
_PURPOSE = 2  # keeps the generator apart from the plan's

Ink = NDArray[np.uint8]  # (n, height, width), light on black


def with_outliers(split: Split, recipe: Recipe, class_names: Sequence[str], box: float) -> Split:
    """The split and `recipe.outliers` times as many outliers behind it, labelled `len(class_names)`, one more than the last class.

    Data on disk stay as they are, see `settled.py`.

    Args:
        split: grey images, in one channel or three.
        class_names: where all of them are digits, letters are none of the classes.
        box: longer side of the box around the ink, as a part of the image's shorter side.
    """
    count = round(recipe.outliers * len(split))
    if not count or not isinstance(split.images, np.ndarray):
        return split
    random = np.random.default_rng((recipe.seed, _PURPOSE))
    dark = recipe.reading == DARK_INK
    pieces = split.images[split.sample(_PIECES_OF)][..., 0]
    channels = split.image_shape[-1]
    letters = ascii_letters if all(name in digits for name in class_names) else ""
    made = draw(count, 255 - pieces if dark else pieces, box, random, letters)[..., np.newaxis].repeat(
        channels, axis=-1
    )
    images = np.concatenate([split.images, 255 - made if dark else made])
    return replace(split, images=images, labels=np.concatenate([split.labels, np.full(count, len(class_names))]))


def draw(count: int, images: Ink, box: float, random: np.random.Generator, letters: str = "") -> Ink:
    """Draw `count` outliers of all kinds in the form of `images`; with no letters there are the more characters of no script."""
    side = box * min(images.shape[1:])
    counts = [round(count * share) for share in _KINDS.values()]
    counts[0] += count - sum(counts)
    height, width = images.shape[1:]

    def some(number: int) -> Ink:
        return images[random.integers(len(images), size=number)]

    fonts = _fonts() if letters else []

    def letter() -> Ink:
        font = fonts[random.integers(len(fonts))]
        return _letter(letters[random.integers(len(letters))], font, height, width, side, random)

    makers: list[Callable[[], Ink]] = [
        lambda: _character(height, width, side, random),
        letter if letters else lambda: _character(height, width, side, random),
        lambda: _overlap(some(2), random),
        lambda: _puzzle(some(4), random),
        lambda: _field(height, width, random),
    ]
    return np.concatenate(
        [images[:0], *(make()[np.newaxis] for make, number in zip(makers, counts, strict=True) for _ in range(number))]
    )


def _character(height: int, width: int, side: float, random: np.random.Generator) -> Ink:
    """Lines, bows and rings between points of a coarse grid, drawn with one pen, as large as the classes' ink and placed alike."""
    tall, wide = side * _FINE, side * _FINE * random.uniform(0.45, 1.0)
    if random.random() < 0.15:
        tall, wide = wide, tall
    image = Image.new("L", (width * _FINE, height * _FINE))
    pen = max(2, int(side / 20 * _FINE * random.uniform(1.3, 4.5)))
    draw = ImageDraw.Draw(image)
    grid_x = np.linspace(-wide / 2, wide / 2, random.integers(2, 5))
    grid_y = np.linspace(-tall / 2, tall / 2, random.integers(2, 6))
    slant, unsteady = random.normal(0, 0.12), random.uniform(0, 0.06) * side * _FINE
    middle = np.array(image.size) / 2

    def point() -> NDArray[np.float64]:
        x, y = random.choice(grid_x), random.choice(grid_y)
        placed: NDArray[np.float64] = middle + np.array([x - slant * y, y]) + random.normal(0, unsteady, 2)
        return placed

    begin = point()
    for _ in range(random.integers(2, 6)):
        end = point()
        for _ in range(8):  # a grid of few points soon has no other far enough
            if np.abs(end - begin).max() > side * _FINE / 5:
                break
            end = point()
        kind = random.random()
        if kind < 0.85:
            aside = (
                np.array([begin[1] - end[1], end[0] - begin[0]])
                * random.uniform(0.25, 0.9)
                * random.choice([-1, 1])
                * (kind > 0.55)
            )
            t = np.linspace(0, 1, 16)[:, np.newaxis]
            bow = (1 - t) ** 2 * begin + 2 * t * (1 - t) * ((begin + end) / 2 + aside) + t**2 * end
            draw.line([tuple(place) for place in bow], fill=255, width=pen, joint="curve")
            for x, y in (begin, end):
                draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)
        else:
            centre, radius = (begin + end) / 2, np.abs(end - begin) / 2 + side * _FINE * 0.08
            draw.ellipse((*(centre - radius), *(centre + radius)), outline=255, width=pen)
        begin = end if random.random() < 0.6 else point()
    return _placed(image, height, width, side * random.uniform(0.9, 1.1))


def _letter(letter: str, font: Any, height: int, width: int, side: float, random: np.random.Generator) -> Ink:
    """A printed letter, half of them broader or narrower than their font has them."""
    image = Image.new("L", (2 * _LETTER, 2 * _LETTER))
    ImageDraw.Draw(image).text((_LETTER // 2, _LETTER // 3), letter, fill=255, font=font)
    if random.random() < 0.5:
        image = image.resize((round(image.width * random.uniform(0.6, 1.3)), image.height))
    return _placed(image, height, width, side * random.uniform(0.9, 1.1))


def _fonts() -> list[Any]:
    import matplotlib as mpl

    folder = Path(mpl.get_data_path()) / "fonts" / "ttf"
    return [
        ImageFont.truetype(path, _LETTER) for path in sorted(folder.glob("*.ttf")) if re.fullmatch(_FONTS, path.stem)
    ]


def _placed(drawn: Image.Image, height: int, width: int, side: float) -> Ink:
    """The ink's box brought to `side` pixels and its centre of mass to the middle."""
    made = np.zeros((height, width), np.uint8)
    cut = drawn.crop(drawn.getbbox() or (0, 0, 1, 1))
    scale = min(side / max(cut.size), width / cut.width, height / cut.height)
    ink = np.asarray(
        cut.resize((max(1, int(cut.width * scale)), max(1, int(cut.height * scale))), Image.Resampling.BOX)
    )
    rows, columns = ink.shape
    mass = max(1, ink.sum(dtype=np.int64))
    top = round(height / 2 - (ink.sum(axis=1) @ np.arange(rows)) / mass - 0.5)
    left = round(width / 2 - (ink.sum(axis=0) @ np.arange(columns)) / mass - 0.5)
    top, left = min(max(top, 0), height - rows), min(max(left, 0), width - columns)
    made[top : top + rows, left : left + columns] = ink
    return made


def _overlap(images: Ink, random: np.random.Generator) -> Ink:
    """Two images over each other, each a little to its side."""
    one, other = images
    most = max(2, one.shape[1] // 4)
    laid: Ink = np.maximum(
        np.roll(one, -random.integers(1, most + 1), axis=1), np.roll(other, random.integers(1, most + 1), axis=1)
    )
    return laid


def _puzzle(images: Ink, random: np.random.Generator) -> Ink:
    """Two halves or four quarters of different images, each in another one's place."""
    _, height, width = images.shape
    y, x = height // 2, width // 2
    kind = random.random()
    if kind < 0.25:
        return np.vstack([images[0][y:], images[1][: height - (height - y)]])
    if kind < 0.5:
        return np.hstack([images[0][:, x:], images[1][:, : width - (width - x)]])
    corners = [
        (slice(y), slice(x)),
        (slice(y), slice(width - x, None)),
        (slice(height - y, None), slice(x)),
        (slice(height - y, None), slice(width - x, None)),
    ]
    made = np.zeros((height, width), np.uint8)
    for place, (image, other) in zip(corners, zip(images, random.permutation(4), strict=True), strict=True):
        made[place] = image[corners[other]]
    return made


def _field(height: int, width: int, random: np.random.Generator) -> Ink:
    """Noise of any grain, waves, soft blobs or an empty ground, cut off at a level in a third of them, on a ground that need not be black."""
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
