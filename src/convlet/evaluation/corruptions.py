"""The fifteen corruptions of MNIST-C, for gray images with light ink on black.

Mu and Gilmer 2019, "MNIST-C: A Robustness Benchmark for Computer Vision" (arXiv:1906.02337); noise, blur and weather
are from Hendrycks and Dietterich 2019 (arXiv:1903.12261). Strengths are the defaults of the authors' published code
(google-research/mnist-c); each docstring names the severity, 1 to 5. Where that code depends on how its libraries read
their arguments, this follows the paper: glass blurs both ways, and a zigzag leaves the ink's edges gray. Lengths are
in 28ths of a side, so that images of all sizes are corrupted alike.
"""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError, UsageError
from convlet.evaluation.image_operations import Images, blurred, clouds, lines, smeared, warped

_CHUNK = 250  # images at a time: a few megabytes


def corrupt(images: NDArray[np.uint8], name: str, seed: int = 0) -> NDArray[np.uint8]:
    """Corrupt images; the same seed and number of images give the same result.

    Args:
        images: uint8 (n, height, width, 1), light ink on a dark background. Invert dark ink before and after.
        name: one of `CORRUPTIONS`.
        seed: for noise and directions; each corruption has its own stream.

    Returns:
        uint8, of the same shape.

    Raises:
        UsageError: there is no such corruption.
        DataError: another dtype or shape.
    """
    if name not in CORRUPTIONS:
        raise UsageError(f"there is no corruption {name!r}. Expected one of: {', '.join(CORRUPTIONS)}.")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] != 1:
        raise DataError(
            f"corruptions take gray uint8 images of shape (n, height, width, 1), not {images.dtype} {images.shape}."
        )
    random = np.random.default_rng((seed, list(CORRUPTIONS).index(name)))
    made = np.empty_like(images)
    for start in range(0, len(images), _CHUNK):
        part = np.divide(images[start : start + _CHUNK, ..., 0], 255, dtype=np.float32)
        made[start : start + _CHUNK, ..., 0] = np.rint(np.clip(CORRUPTIONS[name](part, random), 0, 1) * 255)
    return made


def _shot_noise(images: Images, random: np.random.Generator) -> Images:
    """Poisson noise, three quanta at full brightness (severity 5)."""
    return (random.poisson(images * 3) / 3).astype(np.float32)


def _impulse_noise(images: Images, random: np.random.Generator) -> Images:
    """Turn 17 % of the pixels black or white (severity 4)."""
    chance = random.random(images.shape, np.float32)
    return np.where(chance < 0.17, (chance < 0.085).astype(np.float32), images)


def _glass_blur(images: Images, random: np.random.Generator) -> Images:
    """Blur (sigma 0.7), swap pixels with neighbors at random, twice, and blur again (severity 1)."""
    moved = blurred(images, 0.7).transpose(1, 2, 0).copy()  # the same pixel of all images is contiguous
    height, width, n = moved.shape
    everyone = np.arange(n)
    for _ in range(2):
        for y in range(height - 1, 1, -1):
            swaps = random.random((width, n), np.float32) < 0.5
            up, left = random.integers(0, 2, (2, width, n))
            for x in range(width - 1, 1, -1):
                chosen = everyone[swaps[x]]
                other = y - up[x, chosen], x - left[x, chosen], chosen
                here = moved[y, x, chosen]
                moved[y, x, chosen] = moved[other]
                moved[other] = here
    return blurred(moved.transpose(2, 0, 1), 0.7)


def _motion_blur(images: Images, random: np.random.Generator) -> Images:
    """Smear to one side, within 45 degrees of horizontal, over 10 pixels, Gaussian weights, sigma 3 (severity 1)."""
    unit = images.shape[2] / 28
    angles = np.deg2rad(random.uniform(-45, 45, len(images)))[:, np.newaxis, np.newaxis]
    made: Images = smeared(images, 10 * unit, 3 * unit, angles)
    return made


def _shear(images: Images, random: np.random.Generator) -> Images:
    """Shear by 0.4 radians, to the left or right (severity 2)."""
    slant = 0.4 * random.choice([-1, 1], len(images))
    return warped(images, xy=-np.sin(slant), yy=np.cos(slant))


def _scale(images: Images, _: np.random.Generator) -> Images:
    """Shrink to 0.7 of the size (severity 3)."""
    return warped(images, xx=1 / 0.7, yy=1 / 0.7)


def _rotate(images: Images, random: np.random.Generator) -> Images:
    """Rotate by 0.4 radians, either way (severity 2)."""
    angle = 0.4 * random.choice([-1, 1], len(images))
    return warped(images, xx=np.cos(angle), xy=-np.sin(angle), yx=np.sin(angle), yy=np.cos(angle))


def _brightness(images: Images, _: np.random.Generator) -> Images:
    """Lighten by half of the range, clipped at white (severity 5)."""
    return images + np.float32(0.5)


def _translate(images: Images, random: np.random.Generator) -> Images:
    """Move by 3 pixels in both directions, toward one of the corners (severity 3)."""
    right, down = 3 / 28 * images.shape[2] * random.choice([-1, 1], (2, len(images)))
    return warped(images, right=right, down=down)


def _stripe(images: Images, _: np.random.Generator) -> Images:
    """Invert the left and right quarters: columns 0 to 6 and 21 to 27 of 28."""
    quarter = images.shape[2] // 4
    striped = images.copy()
    for side in (slice(quarter), slice(images.shape[2] - quarter, None)):
        striped[:, :, side] = 1 - striped[:, :, side]
    return striped


def _fog(images: Images, random: np.random.Generator) -> Images:
    """Blend three parts of cloud with one part of image; the cloud's decay is 1.4 squared (severity 5)."""
    brightest = images.max(axis=(1, 2), keepdims=True)
    foggy: Images = (images + 3 * clouds(images.shape, 1.4**2, random)) * brightest / (brightest + 3)
    return foggy


def _spatter(images: Images, random: np.random.Generator) -> Images:
    """Drop dark gray mud (63 of 255) where blurred noise, mean 0.65, sigma 0.3, exceeds its mean (severity 4)."""
    wet = blurred(random.normal(0.65, 0.3, images.shape).astype(np.float32), 1) > 0.65
    drops = blurred(wet.astype(np.float32), 1.5)
    drops[drops < 0.8] = 0
    return images * (1 - drops) + np.float32(63 / 255) * drops


def _dotted_line(images: Images, random: np.random.Generator) -> Images:
    """Draw a white line from edge to edge, two columns on and two off."""
    n, height, width = images.shape
    left, right = random.integers(0, 27, (2, n)) * (height / 28)
    line = lines(images.shape, np.zeros(n), left, np.full(n, width - 1.0), right)
    dotted: Images = images + line * (np.arange(width) * 14 // width % 2)
    return dotted.astype(np.float32)


def _zigzag(images: Images, random: np.random.Generator) -> Images:
    """Draw a white zigzag from column 2 to 25, up to 5 pixels steep, with teeth 2 pixels high and 4 wide."""
    n, height, width = images.shape
    unit = width / 28
    start = random.integers(0, 27, n) * (height / 28)
    angle = np.arctan2(random.integers(-5, 5, n) * unit, 23 * unit)
    length = 23 * unit / np.cos(angle)
    along = np.minimum(np.concatenate([[0], np.arange(2, 26, 4), [np.inf]])[:, np.newaxis] * unit, length)
    aside = np.array([0, *(2 * (-1) ** np.arange(6)), 0])[:, np.newaxis] * unit
    x = 2 * unit + along * np.cos(angle) - aside * np.sin(angle)
    y = start + along * np.sin(angle) + aside * np.cos(angle)
    drawn = images
    for tooth in zip(x, y, x[1:], y[1:], strict=False):
        drawn = np.minimum(drawn + lines(images.shape, *tooth), 1)
    return drawn


def _canny_edges(images: Images, _: np.random.Generator) -> Images:
    """Keep only edges (Canny 1986, with scikit-image's defaults: sigma 1)."""
    from skimage.feature import canny

    return np.stack([canny(image) for image in images]).astype(np.float32)


CORRUPTIONS: Mapping[str, Callable[[Images, np.random.Generator], Images]] = {
    corruption.__name__.removeprefix("_"): corruption
    for corruption in (
        _shot_noise,
        _impulse_noise,
        _glass_blur,
        _motion_blur,
        _shear,
        _scale,
        _rotate,
        _brightness,
        _translate,
        _stripe,
        _fog,
        _spatter,
        _dotted_line,
        _zigzag,
        _canny_edges,
    )
}
