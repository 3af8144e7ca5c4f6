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


def in_own_form(grey: NDArray[np.uint8], form: Form) -> NDArray[np.uint8] | None:
    """An image of the model's size unchanged, (height, width), if it looks like the training images; its negative, if that does; else None."""
    height, width = grey.shape
    for image in (grey, 255 - grey):
        light = image if form.light else 255 - image
        border = np.concatenate([light[0], light[-1], light[1:-1, 0], light[1:-1, -1]])
        box = ink_box(light > 64)
        if box is None or light.max() < 128 or light.mean() > 127:  # its ground is light
            continue
        if form.box < 0.9 and (border > _BLACK).mean() > 0.02:
            continue
        side = form.box * min(height, width)
        if not 0.85 * side <= box.longer <= 1.05 * side:
            continue
        if form.centre == "mass":
            total = light.sum(dtype=np.int64)
            x, y = light.sum(axis=0) @ np.arange(width) / total, light.sum(axis=1) @ np.arange(height) / total
            off = max(abs(x - width // 2), abs(y - height // 2))
        else:
            off = max(abs(box.left + box.right - width), abs(box.top + box.bottom - height)) / 2
        if off <= _OFF * max(1.0, side / 20):
            return image
    return None


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
    between = [_share(everywhere, level, _TONE) for level in range(low + reach + _TONE, high - reach - _TONE + 1, _TONE)]
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
