"""Detect what a data set's images are: characters drawn and placed alike on a background, or any pictures."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.data.split import Split
from convlet.reading.arrays import borders, ends, outlines
from convlet.signature import Form

_LOOK_AT = 2_000  # images
_PIXELS = 8_000_000  # at most, to keep large images out of memory
_TONE = 24  # of 255: background pixels are this close to each other
_BORDER = 0.6  # of an image's border is background; ink in small images touches it
_NEARLY_EVERY = 0.85  # of the images
# Of the longer side of the ink's box: in three images of four strokes are thinner; garments are not.
_STROKE = 0.28
_GRAY = 12  # of 255: mean difference between channels, which a scanner may add
_SPREAD = 0.12  # of the longer sides of the ink's boxes, relative to their median
_SHADED = 0.2  # of the image is between background and ink: soft or tiny strokes have less, or have it
_EDGE = 1.2  # pixels wide along their outline


def measured_form(split: Split) -> tuple[Form, str]:
    """Return what the images of a split have in common, and why, in words.

    Ink is gray, with a background of one tone along nearly every border, thin strokes of one tone, and ink boxes of one
    size.

    Returns:
        Kind "ink" with the ink's polarity, the size of its box and what is centered; else kind "picture". The reason
        begins with "they".
    """
    images = split.images[split.sample(min(_LOOK_AT, max(50, _PIXELS // math.prod(split.image_shape))))]
    grey = images[..., 0]
    if (small := min(grey.shape[1:]) < 4) or (images != images[..., :1]).any():
        return Form(), "they are smaller than 4 pixels a side" if small else "they are in color"
    border = borders(grey)
    ground = float(np.median(border))
    on_ground = (np.abs(border - ground) <= _TONE).mean(axis=1) >= _BORDER
    if on_ground.mean() < _NEARLY_EVERY:
        return Form(), f"they do not share a background: only {on_ground.mean():.0%} have one tone along the border"
    strength = grey - np.float32(ground)
    light = bool(strength.sum() > 0)
    strength = np.abs(strength)
    strength = strength[strength.max(axis=(1, 2)) > 2 * _TONE]
    if len(strength) < 0.5 * len(grey):
        return Form(), "most of them are of a single tone"
    clear = strength > _TONE
    strength /= strength.max(axis=(1, 2), keepdims=True)
    mask = strength > 0.3
    between = (clear & (strength < 0.7)).sum(axis=(1, 2))
    if np.median(between) > _SHADED * mask[0].size and np.median(between / outlines(mask)) > _EDGE:
        return Form(), "they show shaded things, not strokes of one tone, on a plain background"
    top, bottom = ends(mask.any(axis=2))
    left, right = ends(mask.any(axis=1))
    longer = np.maximum(bottom - top, right - left)
    side = float(np.median(longer))
    spread = float(np.subtract(*np.percentile(longer, [90, 10]))) / side / 2.56  # as a standard deviation
    thickness = float(np.percentile(2 * mask.sum(axis=(1, 2)) / outlines(mask) / longer, 75))
    if (broad := thickness > _STROKE or mask.mean() > 0.5) or spread > _SPREAD:
        what = "broad shapes, not strokes," if broad else "shapes of different sizes"
        return Form(), f"they show {what} on a plain background"
    form = Form(
        kind="ink",
        light=light,
        box=min(1.0, side / min(grey.shape[1:])),
        centre=_centre(strength, top, bottom, left, right),
    )
    return form, f"they show thin {'light' if light else 'dark'} strokes of one size on a plain background"


def looks_like_ink(images: Sequence[NDArray[np.uint8]]) -> bool:
    """Return whether images of any sizes, uint8 (height, width, channels), are characters or drawings.

    Each is judged by itself: nearly gray, a background of one tone along the border, thin strokes.
    """
    judged = [_is_ink(image) for image in images if min(image.shape[:2]) >= 16]
    return len(judged) >= 4 and sum(judged) >= _NEARLY_EVERY * len(judged)


def _is_ink(image: NDArray[np.uint8]) -> bool:
    if image.shape[-1] == 3 and np.abs(image.astype(np.int16) - image[..., :1]).max(axis=-1).mean() > _GRAY:
        return False
    grey = image.astype(np.float32).mean(axis=-1)
    border = np.concatenate([grey[0], grey[-1], grey[1:-1, 0], grey[1:-1, -1]])
    ground = float(np.median(border))
    if (np.abs(border - ground) <= _TONE).mean() < 0.9:
        return False
    strength = np.abs(grey - ground)
    if strength.max() <= 2 * _TONE:
        return False
    mask = strength[np.newaxis] > 0.3 * strength.max()
    top, bottom = ends(mask.any(axis=2))
    left, right = ends(mask.any(axis=1))
    longer = max(int(bottom[0] - top[0]), int(right[0] - left[0]))
    flat = (strength <= _TONE) | (strength >= 0.7 * strength.max())  # ink has two tones, a photograph has many
    return bool(mask.mean() < 0.5 and 2 * mask.sum() <= _STROKE * longer * outlines(mask)[0] and flat.mean() >= 0.85)


def _centre(strength: NDArray[np.float32], *ends: NDArray[np.int64]) -> str:
    """Return which of the two varies less from image to image."""
    top, bottom, left, right = ends
    total = strength.sum(axis=(1, 2))
    mass_y = strength.sum(axis=2) @ np.arange(strength.shape[1]) / total
    mass_x = strength.sum(axis=1) @ np.arange(strength.shape[2]) / total
    mass = np.std(mass_y) + np.std(mass_x)
    box = np.std((top + bottom) / 2) + np.std((left + right) / 2)
    return "mass" if mass < box else "box"
