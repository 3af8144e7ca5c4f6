"""Draw snow and frost, which `picture_corruptions.py` overlays. Lengths are in 32nds of the shorter side."""

from collections.abc import Sequence

import numpy as np

from convlet.evaluation.image_operations import Images, clouds, smeared

_ICE = np.array([0.88, 0.95, 1.0], np.float32)  # the color of thick ice
_NEEDLES = 3  # directions of crystals, 60 degrees apart
_SEEDS = 0.012  # of the pixels, each of which grows needles


def snow(shape: tuple[int, ...], unit: float, flakes: Sequence[float], random: np.random.Generator) -> Images:
    """Return the light of falling flakes, (n, height, width); half fall one way and half the other.

    Args:
        shape: (n, height, width).
        unit: pixels in a 32nd.
        flakes: mean and deviation of normal noise, its grain, the limit below which there is no flake, then the length
            and sigma of a flake's smear.
    """
    mean, deviation, grain, limit, length, sigma = flakes
    noise = random.normal(mean, deviation, (shape[0], *_grid(shape, grain * unit))).astype(np.float32)
    layer = _resized(noise, shape)
    layer[layer < limit] = 0
    angles = np.deg2rad(random.uniform(-135, -45, (shape[0], 1, 1)))
    fallen: Images = smeared(np.clip(layer, 0, 1), length * unit, sigma * unit, angles)
    return fallen + fallen[:, ::-1, ::-1]


def frost(shape: tuple[int, ...], random: np.random.Generator) -> Images:
    """Return frost on a window, (n, height, width, channels): needles in three directions on a thin veil, 0 to 1."""
    n, height, width, channels = shape
    unit = min(height, width) / 32
    grid = (n, *_grid(shape, unit))
    needles = np.zeros(shape[:3], np.float32)
    base = random.uniform(0, np.pi / 3, (n, 1, 1))
    for number in range(_NEEDLES):
        bright = random.uniform(0, 7, grid) * (random.random(grid) < _SEEDS)
        seeds = _resized(bright.astype(np.float32), shape)
        for way in (0, np.pi):
            needles = np.maximum(needles, smeared(seeds, 10 * unit, 5 * unit, base + number * np.pi / 3 + way))
    veil = clouds(shape[:3], 1.8, random, side=32, seen=32)
    ridges = 1 - np.abs(2 * clouds(shape[:3], 1.4, random, side=32, seen=32) - 1)
    ice = np.clip(0.8 * ridges**3 * (0.3 + veil) + needles * (0.2 + veil), 0, 1)[..., np.newaxis].astype(np.float32)
    color = _ICE if channels == 3 else np.ones(1, np.float32)
    frosted: Images = ice * (color + (1 - color) * ice)
    return frosted


def _grid(shape: tuple[int, ...], size: float) -> tuple[int, int]:
    """Return how many squares of about `size` pixels, at least a pixel, an image has."""
    height, width = (max(1, round(side / max(1.0, size))) for side in shape[1:3])
    return height, width


def _resized(images: Images, shape: tuple[int, ...]) -> Images:
    from scipy import ndimage

    if images.shape[1:] == tuple(shape[1:3]):
        return images
    factors = (1, shape[1] / images.shape[1], shape[2] / images.shape[2])
    made: Images = ndimage.zoom(images, factors, order=1, mode="nearest", grid_mode=True)
    return made
