"""Drawings on a ground of one tone: canvas, scan, screenshot. Nothing needs to be evened out, and NumPy is enough."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from convlet.reading.place import Floats, ink_box
from convlet.signature import Form

_TONE = 6  # of 255: pixels this near to the ground's tone are ground
_GROUND = 0.45  # of all pixels at least
_BORDER = 0.9  # of those along the border
_LARGE_GROUND = 0.35  # of all pixels, where ink reaches the border of a picture that is no thumbnail
_THIRD_TONE = 0.15  # of all pixels: a shadow with a hard edge, and no shade of the ink's
_ALONG = 0.2  # of those along the border, where ink reaches it
_TWO_TONES = 0.55  # of all pixels have one of two tones where ink reaches the border
_BROAD = 0.19  # of its longer side is what is no stroke wide; a disc is half as wide as it is long
THUMBNAIL = 100  # pixels of the shorter side; nobody keeps photographs of whole sheets so small
_FILLED = 0.5  # of the box around the ink: thick strokes fill less
_SOFT = 1.0  # of the ink: more shades between it and the ground are a shadow's; a digit enlarged ten times has nearly so many
_INK = 24  # of 255: less contrast is no drawing
_BOLD = 80  # of 255: faint ink in a picture that is no thumbnail may be pencil on paper with other faint things
_BLACK = 8  # of 255: what the ground of an image in the data's own form may have
_OFF = 1.0  # pixels that the middle of such an image's ink may be off; in MNIST it is 0.7 at most


def in_own_form(greys: NDArray[np.uint8], form: Form) -> tuple[NDArray[np.bool_], NDArray[np.uint8]]:
    """Which images of the model's size look like its training images, as they are or as negatives.

    Args:
        greys: uint8, (n, height, width).
        form: how the training images look.

    Returns:
        Whether each does, (n,); and the images, (n, height, width), those alone turned around whose negatives do.
    """
    own, images = _looks_own(greys, form), greys
    others = np.flatnonzero(~own)
    if len(others):
        negatives = 255 - greys[others]
        turned = _looks_own(negatives, form)
        images = greys.copy()
        images[others[turned]] = negatives[turned]
        own[others[turned]] = True
    return own, images


def _looks_own(images: NDArray[np.uint8], form: Form) -> NDArray[np.bool_]:
    """Whether each image is light ink on black (where `form` says so; else the negative of that), as long and in the same place as the training images'."""
    _, height, width = images.shape
    light = images if form.light else 255 - images
    ink: NDArray[np.bool_] = light > 64
    left, right = _first_and_last(np.any(ink, axis=1))
    top, bottom = _first_and_last(np.any(ink, axis=2))
    own = (
        (right > left) & (light.max(axis=(1, 2), initial=0) >= 128) & (light.mean(axis=(1, 2)) <= 127)
    )  # else its ground is light
    if form.box < 0.9:
        border = np.concatenate([light[:, 0], light[:, -1], light[:, 1:-1, 0], light[:, 1:-1, -1]], axis=1)
        own &= (border > _BLACK).mean(axis=1) <= 0.02
    side = form.box * min(height, width)
    longer = np.maximum(right - left, bottom - top)
    own &= (longer >= 0.85 * side) & (longer <= 1.05 * side)
    if form.centre == "mass":
        total = np.maximum(light.sum(axis=(1, 2), dtype=np.int64), 1)
        x = light.sum(axis=1, dtype=np.int64) @ np.arange(width) / total
        y = light.sum(axis=2, dtype=np.int64) @ np.arange(height) / total
        off = np.maximum(abs(x - width // 2), abs(y - height // 2))
    else:
        off = np.maximum(abs(left + right - width), abs(top + bottom - height)) / 2
    looks: NDArray[np.bool_] = own & (off <= _OFF * max(1.0, side / 20))
    return looks


def _first_and_last(there: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of each row (n, length) the index of the first True and that behind the last; both 0 where there is none."""
    last = np.where(there.any(axis=1), there.shape[1] - there[:, ::-1].argmax(axis=1), 0)
    return there.argmax(axis=1), last


def flat_ink(picture: Image.Image) -> Floats | None:
    """How much ink lies where on a ground of one tone; None where the ground is not.

    Args:
        picture: mode RGB.

    Returns:
        float32 (height, width), 0 to 1. All zero where there is nothing but ground.
    """
    green = picture.getchannel("G")  # one channel is enough to see whether the ground is flat
    level = _ground(green)
    if level is None:
        return None
    every = max(1, picture.width * picture.height // 10_000)
    sample = np.asarray(picture).reshape(-1, 3)[::every]
    near = np.abs(sample[:, 1] - np.int16(level)) <= _TONE
    if not near.any():
        return None
    tone = tuple(int(value) for value in np.median(sample[near], axis=0))
    bands = ImageChops.difference(picture, Image.new("RGB", picture.size, tone)).split()
    difference = ImageChops.lighter(ImageChops.lighter(*bands[:2]), bands[2])
    counts = np.array(difference.histogram())
    off_ground = int(counts[_TONE + 1 :].sum())
    if not off_ground:
        return np.zeros((picture.height, picture.width), np.float32)
    most = _TONE + 1 + int(np.searchsorted(np.cumsum(counts[_TONE + 1 :]), 0.9 * off_ground))
    ink = int(counts[int(0.4 * most) + 1 :].sum())
    # Shades of something softer than a drawing are a shadow; a small drawing has as many in its edges.
    large = min(picture.size) > THUMBNAIL
    if most < (_BOLD if large else _INK) or (large and off_ground - ink > _SOFT * ink):
        return None
    strength = np.clip((np.arange(256, dtype=np.float32) - _TONE) / (most - _TONE), 0, 1)
    spread: Floats = strength[np.asarray(difference)]
    return spread


def is_solid(ink: Floats) -> bool:
    """Whether what stands out from a ground of one tone may be a sheet, a screen or a shadow and not strokes: much of its box is covered."""
    over = ink > 0.5
    box = ink_box(over)
    return box is not None and bool(
        box.width * box.height > 0.2 * over.size and over[box.top : box.bottom, box.left : box.right].mean() > _FILLED
    )


def is_broad(ink: Floats) -> bool:
    """Whether it is a shadow: it reaches the border, and twice its area over its outline, against the longer side of its box, is no stroke's width."""
    over = ink > 0.5
    box = ink_box(over)
    if box is None or not (over[0].any() or over[-1].any() or over[:, 0].any() or over[:, -1].any()):
        return False
    inside = np.pad(over[box.top : box.bottom, box.left : box.right], 1)
    outline = np.pi / 4 * ((inside[1:] != inside[:-1]).sum() + (inside[:, 1:] != inside[:, :-1]).sum())
    return bool(2 * inside.sum() > _BROAD * outline * box.longer)


def _ground(channel: Image.Image) -> int | None:
    """The level of the ground: that of nearly all the border, or else the one of two levels that has more of area and border."""
    grey = np.asarray(channel)
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    everywhere = np.cumsum(channel.histogram()) / grey.size
    along = np.cumsum(np.bincount(border, minlength=256)) / border.size
    level = int(np.diff(along, prepend=0).argmax())
    if _share(along, level, _TONE) >= _BORDER and _share(everywhere, level, _TONE) >= _GROUND:
        return level
    low, high = (int(np.searchsorted(everywhere, share)) for share in (0.04, 0.96))
    reach = max(_TONE, (high - low) // 10)
    shares = [(_share(everywhere, level, reach), _share(along, level, reach)) for level in (low, high)]
    if min(grey.shape) > THUMBNAIL and max(_share(everywhere, level, _TONE) for level in (low, high)) < _LARGE_GROUND:
        return None
    between = [
        _share(everywhere, level, _TONE) for level in range(low + reach + _TONE, high - reach - _TONE + 1, _TONE)
    ]
    if max(between, default=0.0) > _THIRD_TONE:
        return None
    if high - low < 4 * _INK or shares[0][0] + shares[1][0] < _TWO_TONES:
        return None
    ground = low if sum(shares[0]) > sum(shares[1]) else high
    if min(grey.shape) > THUMBNAIL and _share(along, ground, _TONE) < _ALONG:
        return None  # a frame, or a sheet and a table
    return ground


def _share(cumulated: NDArray[np.float64], level: int, reach: int) -> float:
    """The part of the pixels whose values are at most `reach` from a level."""
    below = cumulated[level - reach - 1] if level > reach else 0.0
    return float(cumulated[min(level + reach, 255)] - below)
