"""Draw random pictures of nothing: noise, clouds, patterns, cells, gradients, shapes, drawings.

Each function draws `n` of them, float32 (n, height, width, channels) from 0 to 255.
"""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.training.augmentation.characters import character

Pixels: TypeAlias = NDArray[np.float32]  # (n, height, width, channels), 0 to 255
Shape: TypeAlias = tuple[int, int, int]  # height, width, channels

_GRAY, _BLACK_OR_WHITE = 0.4, 0.25  # of the tones
_LEAVES = 40  # shapes of a full picture


def noise(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw noise, pixel by pixel or in blocks: uniform, normal, in two tones, or specks on a flat background."""
    height, width, channels = shape
    made = np.empty((n, *shape), np.float32)
    for image in made:
        block = int(random.choice([1, 1, 1, 2, 3, 4]) * max(1, min(height, width) // 32))
        grid = (-(-height // block), -(-width // block), 1 if random.random() < _GRAY else channels)
        kind = random.random()
        drawn: NDArray[Any]
        if kind < 0.3:
            drawn = random.uniform(0, 255, grid)
        elif kind < 0.6:
            drawn = random.normal(random.uniform(0, 255), random.uniform(15, 90), grid)
        elif kind < 0.8:
            drawn = 255.0 * (random.random(grid) < random.uniform(0.1, 0.9))
        else:
            ground = tones(1, channels, random)[0] + np.zeros(grid)
            drawn = np.where(random.random((*grid[:2], 1)) < random.uniform(0.02, 0.4), random.uniform(0, 255), ground)
        image[:] = drawn.repeat(block, 0).repeat(block, 1)[:height, :width]
    return np.clip(made, 0, 255, out=made)


def clouds(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw noise whose spectrum falls with the frequency, isotropic or not; some in two or three tones.

    In a third it rises instead: interpolation, when images are rotated or zoomed, turns that into white noise.
    """
    height, width, channels = shape
    y, x = np.fft.fftfreq(height)[:, np.newaxis], np.fft.fftfreq(width)
    angle, longer = random.uniform(0, np.pi, (n, 1, 1)), np.exp(random.uniform(0, 2, (n, 1, 1)))
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    frequency = np.hypot(along * np.where(random.random((n, 1, 1)) < 0.5, longer, 1), across)
    frequency = np.maximum(frequency, 1 / max(height, width))
    spectrum = (frequency ** -random.uniform(-1.5, 3, (n, 1, 1)))[..., np.newaxis]
    waves = np.fft.fft2(random.normal(size=(n, *shape)), axes=(1, 2)) * spectrum
    field = np.fft.ifft2(waves, axes=(1, 2)).real
    field /= field.std(axis=(1, 2), keepdims=True) + 1e-6
    alike = random.choice([0.0, 0.5, 1.0], (n, 1, 1, 1))  # 1: each channel is the first
    field = alike * field[..., :1] + (1 - alike) * field
    soft = random.uniform(0, 255, (n, 1, 1, channels)) + field * random.uniform(20, 100, (n, 1, 1, 1))
    first = field[..., 0]
    levels = (first > random.normal(0, 0.5, (n, 1, 1))).astype(int) + (first > 1)
    palette = tones(3 * n, channels, random).reshape(n, 3, channels)
    hard = palette[np.arange(n)[:, np.newaxis, np.newaxis], levels]
    made = np.where(random.random((n, 1, 1, 1)) < 0.65, soft, hard)
    return np.clip(made, 0, 255).astype(np.float32)


def patterns(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw stripes, checks, rings and rays in two tones, with soft or hard edges, some with noise on them."""
    height, width, channels = shape
    y, x = (np.mgrid[:height, :width] / min(height, width) - 0.5)[:, np.newaxis]

    def each(low: float, high: float) -> NDArray[np.float64]:
        return random.uniform(low, high, (n, 1, 1))

    angle, many = each(0, np.pi), np.exp(each(np.log(1.5), np.log(14)))
    along, across = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    away, down = x - each(-0.5, 0.5), y - each(-0.5, 0.5)
    stripes = np.sin(2 * np.pi * many * along + each(0, 6.3))
    checks = stripes * np.sin(2 * np.pi * many * np.exp(each(-0.7, 0.7)) * across + each(0, 6.3))
    rings = np.sin(2 * np.pi * many * np.hypot(away, down) + each(0, 6.3))
    rays = np.sin(np.ceil(many) * np.arctan2(down, away) + each(0, 6.3))
    kind = random.choice(4, (n, 1, 1), p=[0.4, 0.35, 0.15, 0.1])
    wave = np.choose(kind, [stripes, checks, rings, rays])
    hardness = np.exp(each(-0.5, 3))
    share = (0.5 + 0.5 * np.tanh(hardness * (wave + each(-0.5, 0.5))))[..., np.newaxis]
    one, other = (tones(n, channels, random)[:, np.newaxis, np.newaxis] for _ in range(2))
    grain = random.normal(size=(n, *shape)) * (40 * random.random((n, 1, 1, 1)) * (random.random((n, 1, 1, 1)) < 0.4))
    return np.clip(one * share + other * (1 - share) + grain, 0, 255).astype(np.float32)


def cells(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw cells around scattered points, with gaps between them: pebbles, scales, bricks (Worley 1996)."""
    from scipy.spatial import cKDTree

    height, width, channels = shape
    made = np.empty((n, *shape), np.float32)
    for image in made:
        apart = np.exp(random.uniform(np.log(1 / 16), np.log(1 / 3)))  # distance of points, over the side
        steps = np.arange(-1, 2 + apart, apart)
        points = np.stack(np.meshgrid(steps, steps, indexing="ij"), axis=-1)
        points[::2, :, 1] += random.choice([0, apart / 2])  # rows of bricks
        points = points.reshape(-1, 2) + random.normal(0, apart * random.choice([0.1, 0.3, 0.5]), (points.size // 2, 2))
        angle, longer = random.uniform(0, np.pi), np.exp(random.choice([0, random.uniform(0, 0.9)]))
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        places = (np.moveaxis(np.indices((height, width)), 0, -1) / min(height, width) - 0.5) @ turn * (1, 1 / longer)
        away, nearest = cKDTree(points).query(places + 0.5, k=2)
        inside = np.clip((away[..., 1] - away[..., 0]) / (apart * random.uniform(0.05, 1)), 0, 1)[..., np.newaxis]
        tone, joint = tones(2, channels, random)
        each = tone + random.normal(0, random.uniform(0, 60), (len(points), 1))
        grain = random.normal(0, random.choice([0, 15]), shape)
        image[:] = each[nearest[..., 0]] * inside + joint * (1 - inside) + grain
    return np.clip(made, 0, 255, out=made)


def gradients(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw one tone, or a smooth change from one to another, some with a sensor's noise."""
    height, width, channels = shape
    y, x = (np.mgrid[:height, :width] / min(height, width) - 0.5)[:, np.newaxis]
    angle = random.uniform(0, 2 * np.pi, (n, 1, 1))
    line = 0.5 + np.cos(angle) * x + np.sin(angle) * y
    right, below = random.uniform(-0.5, 0.5, (2, n, 1, 1))
    share = np.where(random.random((n, 1, 1)) < 0.6, line, 1.2 * np.hypot(x - right, y - below))
    share = np.clip(share, 0, 1)[..., np.newaxis] * (random.random((n, 1, 1, 1)) < 0.6)
    one, other = (tones(n, channels, random)[:, np.newaxis, np.newaxis] for _ in range(2))
    grain = random.normal(size=(n, *shape)) * (8 * random.random((n, 1, 1, 1)) * (random.random((n, 1, 1, 1)) < 0.5))
    made: Pixels = np.clip(one * (1 - share) + other * share + grain, 0, 255).astype(np.float32)
    return made


def shapes(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Overlay ovals, boxes and bars: a few, or so many that no background is left.

    Many, with sizes that follow a power law, have the statistics of photographs (Lee, Mumford and Huang 2001).
    """
    height, width, channels = shape
    y, x = (np.mgrid[:height, :width] / min(height, width) - 0.5)[:, np.newaxis]
    made = np.broadcast_to(tones(n, channels, random)[:, np.newaxis, np.newaxis], (n, *shape)).copy()
    number = np.where(random.random(n) < 0.5, random.integers(1, 6, n), _LEAVES)

    def each(low: float, high: float) -> NDArray[np.float64]:
        return random.uniform(low, high, (n, 1, 1))

    for drawn in range(_LEAVES):
        angle, size, longer = each(0, np.pi), 0.05 / np.maximum(random.random((n, 1, 1)), 0.08), np.exp(each(-1, 1))
        right, down = x - each(-0.6, 0.6), y - each(-0.6, 0.6)
        along = np.abs(np.cos(angle) * right + np.sin(angle) * down) / longer
        across = np.abs(np.cos(angle) * down - np.sin(angle) * right) * longer
        far = np.where(random.random((n, 1, 1)) < 0.5, np.hypot(along, across), np.maximum(along, across))
        inside = ((far < size) & (drawn < number)[:, np.newaxis, np.newaxis])[..., np.newaxis]
        made = np.where(inside, tones(n, channels, random)[:, np.newaxis, np.newaxis], made)
    grain = random.normal(size=(n, *shape)) * (25 * random.random((n, 1, 1, 1)) * (random.random((n, 1, 1, 1)) < 0.5))
    return np.clip(made + grain, 0, 255).astype(np.float32)


def drawings(n: int, shape: Shape, random: np.random.Generator) -> Pixels:
    """Draw invented characters of any size, in one tone on another."""
    height, width, channels = shape
    sides = random.uniform(0.35, 1, n) * min(height, width)
    ink = np.stack([character(height, width, side, random) for side in sides])[..., np.newaxis] / np.float32(255)
    one, other = (tones(n, channels, random)[:, np.newaxis, np.newaxis] for _ in range(2))
    return (one * (1 - ink) + other * ink).astype(np.float32)


def tones(n: int, channels: int, random: np.random.Generator) -> NDArray[np.float32]:
    """Draw colors, float32 (n, channels): many are gray, some black or white."""
    drawn: NDArray[Any] = random.uniform(0, 255, (n, channels))
    drawn = np.where(random.random((n, 1)) < _GRAY, drawn[:, :1], drawn)
    ends = random.random((n, 1))
    drawn = np.where(ends < _BLACK_OR_WHITE, 255.0 * (ends < _BLACK_OR_WHITE / 2), drawn)
    return drawn.astype(np.float32)
