"""Pictures in color of nothing that anybody photographs, to see what a model of pictures refuses.

No picture here is used in training. Recipes with `outliers` train on some of the same families, made by other code:
noise, stripes, flat color. Nothing like the textures, pieces of photographs of brick, grass and gravel, is trained on.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from benchmarks.no_digits import pieces

Picture = NDArray[np.uint8]  # (64, 64, 3)
_SIDE = 64
_SHAPE = (_SIDE, _SIDE, 3)


def uniform_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Every value as likely at every pixel and channel."""
    return list(random.integers(0, 256, (count, *_SHAPE), dtype=np.uint8))


def normal_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Normal noise about a gray, of any deviation."""
    return [_levels(random.normal(random.uniform(60, 200), random.uniform(20, 80), _SHAPE)) for _ in range(count)]


def two_tone_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Black and white at random, in squares of 2 to 4 pixels."""
    made = []
    for _ in range(count):
        square = int(random.integers(2, 5))
        grid = random.integers(0, 2, (-(-_SIDE // square), -(-_SIDE // square), 1))
        made.append(_levels(255 * grid.repeat(square, 0).repeat(square, 1)[:_SIDE, :_SIDE].repeat(3, axis=2)))
    return made


def blurred_noise(count: int, random: np.random.Generator) -> list[Picture]:
    """Normal noise in color behind frosted glass."""
    made = []
    for _ in range(count):
        sigma = random.uniform(2, 8)
        field = ndimage.gaussian_filter(random.normal(0, 1, _SHAPE), (sigma, sigma, 0))
        made.append(_levels(255 * (field - field.min()) / np.ptp(field)))
    return made


def flat_color(count: int, random: np.random.Generator) -> list[Picture]:
    """One color, every other with the noise of a sensor."""
    return [_levels(random.uniform(0, 255, 3) + random.normal(0, 2 * (number % 2), _SHAPE)) for number in range(count)]


def stripes_and_checks(count: int, random: np.random.Generator) -> list[Picture]:
    """Stripes or checks of two colors, 3 to 16 pixels wide, in any direction."""
    y, x = np.mgrid[:_SIDE, :_SIDE]
    made = []
    for number in range(count):
        angle, wide = random.uniform(0, np.pi), random.uniform(3, 16)
        along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
        cells = np.floor(along / wide) + (np.floor(across / wide) if number % 2 else 0)
        one, other = random.uniform(0, 255, (2, 3))
        made.append(_levels(np.where((cells % 2 == 0)[..., np.newaxis], one, other)))
    return made


def textures(count: int, random: np.random.Generator) -> list[Picture]:
    """Pieces of photographs of brick, grass and gravel at any scale, gray or tinted."""
    made = []
    for piece in pieces(("brick", "grass", "gravel"), count, _SIDE, random):
        tint = random.uniform(0.5, 1.2, 3) if random.random() < 0.5 else np.ones(3)
        made.append(_levels(piece[..., np.newaxis] * tint))
    return made


KINDS = (uniform_noise, normal_noise, two_tone_noise, blurred_noise, flat_color, stripes_and_checks, textures)


def _levels(values: NDArray[Any]) -> Picture:
    levels: Picture = np.rint(np.clip(values, 0, 255)).astype(np.uint8)
    return levels
