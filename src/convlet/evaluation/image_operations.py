"""Operations for the corruptions: blurs, smears, warps, lines, clouds."""

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Images: TypeAlias = NDArray[np.float32]  # (n, height, width), 0 black to 1 white
_CLOUDS = 32  # at a time: 8 MB, about the size of a cache


def blurred(images: Images, sigma: float) -> Images:
    """Blur each image with a Gaussian of `sigma` 28ths of the width; the border is repeated outward."""
    from scipy import ndimage

    sigma *= images.shape[2] / 28
    smooth: Images = ndimage.gaussian_filter(images, (0, sigma, sigma), mode="nearest")
    return smooth


def smeared(images: Any, length: float, sigma: float, angles: Any) -> Any:
    """Smear float32 images (n, height, width, ...) to one side, each in its direction, in radians: (n, 1, 1).

    It reaches `length` pixels, weighted by half a Gaussian of `sigma` pixels; the border is repeated outward.
    """
    n, height, width = images.shape[:3]
    steps = np.arange(np.ceil(length))
    weights = np.exp(-((steps / sigma) ** 2) / 2)
    everyone = np.arange(n)[:, np.newaxis, np.newaxis]
    y, x = np.ogrid[:height, :width]
    made = np.zeros_like(images)
    for step, weight in zip(steps, (weights / weights.sum()).astype(np.float32), strict=True):
        down, right = (np.round(step * part(angles)).astype(int) for part in (np.sin, np.cos))
        made += weight * images[everyone, np.clip(y + down, 0, height - 1), np.clip(x + right, 0, width - 1)]
    return made


def warped(images: Images, xx: Any = 1, xy: Any = 0, yx: Any = 0, yy: Any = 1, right: Any = 0, down: Any = 0) -> Images:
    """Warp linearly: pixel (x, y), from the center, is read at (xx x + xy y + right, yx x + yy y + down).

    Interpolation is bilinear, black outside the image. Each of the six is a number, or an array with one per image.
    """
    n, height, width = images.shape
    y, x = np.ogrid[:height, :width]
    y, x = (y - (height - 1) / 2).astype(np.float32), (x - (width - 1) / 2).astype(np.float32)
    xx, xy, yx, yy, right, down = (
        np.broadcast_to(value, n).astype(np.float32)[:, np.newaxis, np.newaxis]
        for value in (xx, xy, yx, yy, right, down)
    )
    from_x = np.clip(xx * x + xy * y + right + (width - 1) / 2, -1, width) + 1
    from_y = np.clip(yx * x + yy * y + down + (height - 1) / 2, -1, height) + 1
    padded = np.pad(images, ((0, 0), (1, 2), (1, 2)))
    left, top = from_x.astype(np.int32), from_y.astype(np.int32)  # positive, so this is the floor
    dx, dy = from_x - left, from_y - top
    everyone = np.arange(n)[:, np.newaxis, np.newaxis]
    upper, lower = (
        padded[everyone, row, left] * (1 - dx) + padded[everyone, row, left + 1] * dx for row in (top, top + 1)
    )
    mixed: Images = (upper * (1 - dy) + lower * dy).astype(np.float32)
    return mixed


def lines(shape: tuple[int, ...], x0: Any, y0: Any, x1: Any, y1: Any) -> Images:
    """Draw a white line per image from (x0, y0) to (x1, y1), x0 < x1, fading logarithmically within 2.3 pixels."""
    _, height, width = shape
    x0, y0, x1, y1 = (np.asarray(value, np.float32)[:, np.newaxis, np.newaxis] for value in (x0, y0, x1, y1))
    y, x = np.ogrid[:height, :width]
    slope = (y1 - y0) / np.maximum(x1 - x0, 1e-6)
    far = np.abs(y - (slope * (x - x0) + y0)) / (2.3 * width / 28)
    bright = np.clip(np.log(1 - np.minimum(far, 0.999)) + 1, 0, 1)
    within: Images = (bright * (x >= np.floor(x0)) * (x < np.ceil(x1))).astype(np.float32)
    return within


def clouds(
    shape: tuple[int, ...], decay: float, random: np.random.Generator, side: int = 256, seen: int = 28
) -> Images:
    """Return a cloud per image, 0 to 1, by the diamond-square algorithm (Fournier, Fussell and Carpenter 1982).

    The noise shrinks by `decay` with each halving of the squares. A whole cloud has `side` pixels a side, a power of 2;
    an image shows a corner of it, `seen` pixels a side.
    """
    from scipy import ndimage

    n, height, width = shape
    corner = np.concatenate(
        [_plasma(min(_CLOUDS, n - start), side, decay, random)[:, :seen, :seen] for start in range(0, n, _CLOUDS)]
    )
    if (height, width) == (seen, seen):
        return corner
    resized: Images = ndimage.zoom(corner, (1, height / seen, width / seen), order=1, mode="nearest", grid_mode=True)
    return resized


def _plasma(n: int, side: int, decay: float, random: np.random.Generator) -> Images:
    plane = np.zeros((n, side, side), np.float32)
    step, noise = side, np.float32(1)

    def noisy(sums: Images) -> Images:
        return sums / 4 + noise * (2 * random.random(sums.shape, np.float32) - 1)

    while step >= 2:
        half = step // 2
        corners = plane[:, ::step, ::step]
        below = np.roll(corners, -1, axis=1)  # the plane wraps around
        beside = np.roll(corners, -1, axis=2)
        middles = noisy(corners + below + beside + np.roll(below, -1, axis=2))
        plane[:, half::step, half::step] = middles
        plane[:, ::step, half::step] = noisy(middles + np.roll(middles, 1, axis=1) + corners + beside)
        plane[:, half::step, ::step] = noisy(middles + np.roll(middles, 1, axis=2) + corners + below)
        step, noise = half, noise / np.float32(decay)
    lowest, highest = plane.min(axis=(1, 2), keepdims=True), plane.max(axis=(1, 2), keepdims=True)
    scaled: Images = (plane - lowest) / (highest - lowest)
    return scaled
