"""The fifteen corruptions of CIFAR-10-C, for pictures in gray or color of any size, each in five severities.

Based on Hendrycks and Dietterich 2019, "Benchmarking Neural Network Robustness to Common Corruptions and
Perturbations" (arXiv:1903.12261). Lengths are in 32nds of the shorter side, so that images of all sizes are corrupted
alike. The severities are the authors' for CIFAR-10, with two exceptions: frost, which they overlay as photographs and
this draws (`weather.py`); and glass blur, motion blur and elastic, where their severities do not all increase.
"""

import io
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError, UsageError
from convlet.evaluation import weather
from convlet.evaluation.image_operations import clouds, smeared

Pictures: TypeAlias = NDArray[np.float32]  # (n, height, width, channels), 0 black to 1 white
SEVERITIES = 5
_CHUNK = 200  # pictures at a time
_CIFAR = 32  # pixels a side
_SMOOTH = 0.05  # of the side, how far a bend reaches


def corrupt_pictures(
    images: NDArray[np.uint8], name: str, severity: int | NDArray[np.int64], seed: int = 0
) -> NDArray[np.uint8]:
    """Corrupt pictures; the same images, severities and seed give the same result.

    Args:
        images: uint8 (n, height, width, channels), 1 or 3 channels.
        name: one of `PICTURE_CORRUPTIONS`.
        severity: 1 to 5, for all or for each, int (n,).
        seed: for noise and places; each corruption has its own stream.

    Returns:
        uint8, of the same shape.

    Raises:
        UsageError: there is no such corruption or severity.
        DataError: another dtype or shape.
    """
    if name not in PICTURE_CORRUPTIONS:
        raise UsageError(f"there is no corruption {name!r}. Expected one of: {', '.join(PICTURE_CORRUPTIONS)}.")
    severities = np.broadcast_to(severity, len(images))
    if ((severities < 1) | (severities > SEVERITIES)).any():
        raise UsageError(f"severity={severity!r} is out of range. Expected a whole number from 1 to {SEVERITIES}.")
    if images.dtype != np.uint8 or images.ndim != 4 or images.shape[-1] not in (1, 3):
        raise DataError(
            "picture corruptions take uint8 images of shape (n, height, width, 1 or 3), "
            f"not {images.dtype} {images.shape}."
        )
    random = np.random.default_rng((seed, list(PICTURE_CORRUPTIONS).index(name)))
    change, strengths = PICTURE_CORRUPTIONS[name]
    made = np.empty_like(images)
    for each in range(1, SEVERITIES + 1):
        chosen = np.flatnonzero(severities == each)
        for start in range(0, len(chosen), _CHUNK):
            part = chosen[start : start + _CHUNK]
            pictures = np.divide(images[part], 255, dtype=np.float32)
            made[part] = np.rint(np.clip(change(pictures, strengths[each - 1], random), 0, 1) * 255)
    return made


def _gaussian_noise(images: Pictures, deviation: float, random: np.random.Generator) -> Pictures:
    """Add normal noise."""
    return images + np.float32(deviation) * random.standard_normal(images.shape, np.float32)


def _shot_noise(images: Pictures, quanta: float, random: np.random.Generator) -> Pictures:
    """Count light in quanta, a given number at full brightness (Poisson noise)."""
    return (random.poisson(images * quanta) / quanta).astype(np.float32)


def _impulse_noise(images: Pictures, share: float, random: np.random.Generator) -> Pictures:
    """Make a share of the values darkest or brightest."""
    chance = random.random(images.shape, np.float32)
    return np.where(chance < share, (chance < share / 2).astype(np.float32), images)


def _defocus_blur(images: Pictures, strength: tuple[float, float], _: np.random.Generator) -> Pictures:
    """Spread each point over a disc with soft edges."""
    from scipy import ndimage

    radius, soft = (length * _unit(images) for length in strength)
    reach = int(np.ceil(radius + 3 * soft)) + 1
    y, x = np.ogrid[-reach : reach + 1, -reach : reach + 1]
    disc = ndimage.gaussian_filter(np.clip(radius + 0.5 - np.hypot(y, x), 0, 1), soft, mode="constant")
    spread: Pictures = ndimage.convolve(images, (disc / disc.sum())[np.newaxis, ..., np.newaxis], mode="reflect")
    return spread


def _glass_blur(images: Pictures, share: float, random: np.random.Generator) -> Pictures:
    """Blur, fetch a share of the pixels from a neighbor's place, twice, and blur again."""
    unit = _unit(images)
    moved, most = _blurred(images, 0.4 * unit), max(1, round(unit))
    y, x = np.mgrid[: images.shape[1], : images.shape[2]]
    for _ in range(2):
        chosen = random.random(images.shape[:3]) < share
        down, right = random.integers(-most, most + 1, (2, *images.shape[:3])) * chosen
        moved = _fetched(moved, y + down, x + right)
    return _blurred(moved, 0.4 * unit)


def _motion_blur(images: Pictures, sigma: float, random: np.random.Generator) -> Pictures:
    """Smear within 45 degrees of horizontal."""
    sigma *= _unit(images)
    angles = np.deg2rad(random.uniform(-45, 45, (len(images), 1, 1)))
    made: Pictures = smeared(images, 4 * sigma + 1, sigma, angles)
    return made


def _zoom_blur(images: Pictures, largest: float, _: np.random.Generator) -> Pictures:
    """Average the picture and its enlargements, in steps of a hundredth."""
    factors = np.concatenate([[1], np.arange(1, largest, 0.01)])
    made = np.zeros_like(images)
    for factor in factors:
        enlarged = images
        for axis in (1, 2):
            middle = (images.shape[axis] - 1) / 2
            enlarged = _at(enlarged, middle + (np.arange(images.shape[axis]) - middle) / factor, axis)
        made += enlarged / np.float32(len(factors))
    return made


def _snow(images: Pictures, strength: tuple[float, ...], random: np.random.Generator) -> Pictures:
    """Fade the picture and let flakes fall, smeared by their speed."""
    *flakes, blend = strength
    pale = np.maximum(images, images.mean(axis=3, keepdims=True) * np.float32(1.5) + np.float32(0.5))
    falling = weather.snow(images.shape[:3], _unit(images), flakes, random)[..., np.newaxis]
    snowy: Pictures = np.float32(blend) * images + np.float32(1 - blend) * pale + falling
    return snowy


def _frost(images: Pictures, strength: tuple[float, float], random: np.random.Generator) -> Pictures:
    """Overlay ice crystals."""
    left, ice = (np.float32(share) for share in strength)
    return left * images + ice * weather.frost(images.shape, random)


def _fog(images: Pictures, strength: tuple[float, float], random: np.random.Generator) -> Pictures:
    """Blend with a cloud."""
    thick, decay = strength
    brightest = images.max(axis=(1, 2, 3), keepdims=True)
    cloud = clouds(images.shape[:3], decay, random, side=_CIFAR, seen=_CIFAR)[..., np.newaxis]
    foggy: Pictures = (images + np.float32(thick) * cloud) * brightest / (brightest + np.float32(thick))
    return foggy


def _brightness(images: Pictures, more: float, _: np.random.Generator) -> Pictures:
    """Raise the brightness, HSV's value; hue and saturation stay."""
    value = images.max(axis=3, keepdims=True)
    raised = np.minimum(value + np.float32(more), 1)
    made: Pictures = np.where(value > 0, images * raised / np.maximum(value, np.float32(1e-6)), raised)
    return made


def _contrast(images: Pictures, left: float, _: np.random.Generator) -> Pictures:
    """Draw every value toward its channel's mean."""
    mean = images.mean(axis=(1, 2), keepdims=True)
    made: Pictures = (images - mean) * np.float32(left) + mean
    return made


def _elastic(images: Pictures, strength: tuple[float, ...], random: np.random.Generator) -> Pictures:
    """Stretch, rotate and shift the picture a little, and bend it; lengths are fractions of the shorter side."""
    from scipy import ndimage

    bend, stretch = strength
    n, height, width, _ = images.shape
    side = min(height, width)
    y, x = np.mgrid[:height, :width].astype(np.float64)
    corners = np.array([[1, 1, 1], [1, -1, 1], [-1, -1, 1]]) * [side / 3, side / 3, 1]
    moves = random.uniform(-stretch * side, stretch * side, (n, 3, 2))
    affine = np.linalg.solve(corners, moves)  # (n, 3, 2): from place to movement
    places = np.stack([y - (height - 1) / 2, x - (width - 1) / 2, np.ones_like(y)], axis=-1)
    movement = np.einsum("hwk,nkd->dnhw", places, affine)
    drawn = random.uniform(-1, 1, (2, n, height, width))
    unit = side / _CIFAR  # the mean of more pixels is smaller
    movement += bend * side * unit * ndimage.gaussian_filter(drawn, (0, 0, _SMOOTH * side, _SMOOTH * side))
    return _fetched(images, y + movement[0], x + movement[1])


def _pixelate(images: Pictures, share: float, _: np.random.Generator) -> Pictures:
    """Shrink to a share of CIFAR's pixels, and enlarge again."""
    share *= min(1, 1 / _unit(images))
    return _coarse(_coarse(images, share, 1), share, 2)


def _jpeg(images: Pictures, quality: int, _: np.random.Generator) -> Pictures:
    """Write and read a JPEG."""
    from PIL import Image

    made = np.empty_like(images)
    for into, image in zip(made, np.rint(images * 255).astype(np.uint8), strict=True):
        with io.BytesIO() as file:
            Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(file, "JPEG", quality=quality)
            into[:] = np.asarray(Image.open(file), np.float32).reshape(image.shape) / 255
    return made


def _unit(images: Pictures) -> float:
    """Return how many pixels one CIFAR pixel spans."""
    return float(min(images.shape[1:3]) / _CIFAR)


def _blurred(images: Pictures, sigma: float) -> Pictures:
    from scipy import ndimage

    smooth: Pictures = ndimage.gaussian_filter(images, (0, sigma, sigma, 0), mode="nearest")
    return smooth


def _fetched(images: Pictures, y: NDArray[Any], x: NDArray[Any]) -> Pictures:
    """Sample each image at places (n, height, width), bilinearly; the border is mirrored."""
    height, width = images.shape[1:3]
    everyone = np.arange(len(images))[:, np.newaxis, np.newaxis]
    y, x = (
        np.clip((length - 1) - np.abs((length - 1) - np.abs(place)), 0, length - 1)
        for place, length in ((y, height), (x, width))
    )
    top, left = np.floor(y).astype(int), np.floor(x).astype(int)
    below, beside = np.minimum(top + 1, height - 1), np.minimum(left + 1, width - 1)
    down, right = ((part - whole).astype(np.float32)[..., np.newaxis] for part, whole in ((y, top), (x, left)))
    upper, lower = (
        images[everyone, row, left] * (1 - right) + images[everyone, row, beside] * right for row in (top, below)
    )
    made: Pictures = upper * (1 - down) + lower * down
    return made


def _at(images: NDArray[Any], places: NDArray[np.float64], axis: int) -> NDArray[Any]:
    """Sample along an axis at fractional places within it, linearly."""
    first = np.minimum(places.astype(int), images.shape[axis] - 2)
    share = (places - first).astype(images.dtype).reshape([-1 if axis == each else 1 for each in range(images.ndim)])
    made: NDArray[Any] = images.take(first, axis) * (1 - share) + images.take(first + 1, axis) * share
    return made


def _coarse(images: Pictures, share: float, axis: int) -> Pictures:
    """Shrink an axis to a share of its pixels by averaging, then repeat the averages."""
    length = images.shape[axis]
    fewer = max(1, int(length * share))
    sums = np.zeros([side + (each == axis) for each, side in enumerate(images.shape)])
    sums[tuple(slice(int(each == axis), None) for each in range(images.ndim))] = images.cumsum(axis, dtype=np.float64)
    means = np.diff(_at(sums, np.arange(fewer + 1) * length / fewer, axis), axis=axis) * fewer / length
    made: Pictures = means.take(((np.arange(length) + 0.5) * fewer / length).astype(int), axis).astype(np.float32)
    return made


PICTURE_CORRUPTIONS: Mapping[str, tuple[Callable[[Pictures, Any, np.random.Generator], Pictures], tuple[Any, ...]]] = {
    "gaussian_noise": (_gaussian_noise, (0.04, 0.06, 0.08, 0.09, 0.10)),
    "shot_noise": (_shot_noise, (500, 250, 100, 75, 50)),
    "impulse_noise": (_impulse_noise, (0.01, 0.02, 0.03, 0.05, 0.07)),
    "defocus_blur": (_defocus_blur, ((0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1))),
    "glass_blur": (_glass_blur, (0.1, 0.25, 0.4, 0.65, 1)),
    "motion_blur": (_motion_blur, (1, 1.5, 2, 2.5, 3)),
    "zoom_blur": (_zoom_blur, (1.06, 1.11, 1.16, 1.21, 1.26)),
    "snow": (  # mean and deviation of the noise, its grain, limit, length and sigma of the smear, share of the picture
        _snow,
        (
            (0.1, 0.2, 1, 0.6, 8, 3, 0.95),
            (0.1, 0.2, 1, 0.5, 10, 4, 0.9),
            (0.15, 0.3, 1.75, 0.55, 10, 4, 0.9),
            (0.25, 0.3, 2.25, 0.6, 12, 6, 0.85),
            (0.3, 0.3, 1.25, 0.65, 14, 12, 0.8),
        ),
    ),
    "frost": (_frost, ((1, 0.2), (1, 0.3), (0.95, 0.4), (0.9, 0.5), (0.85, 0.6))),
    "fog": (_fog, ((0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75))),
    "brightness": (_brightness, (0.05, 0.1, 0.15, 0.2, 0.3)),
    "contrast": (_contrast, (0.75, 0.5, 0.4, 0.3, 0.15)),
    "elastic": (_elastic, ((0.05, 0.02), (0.08, 0.03), (0.1, 0.04), (0.15, 0.05), (0.2, 0.06))),
    "pixelate": (_pixelate, (0.95, 0.9, 0.85, 0.75, 0.65)),
    "jpeg": (_jpeg, (80, 65, 58, 50, 40)),
}
