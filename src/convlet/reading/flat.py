"""Drawings on a ground of one tone: canvas, scan, screenshot. Nothing needs to be evened out, and NumPy is enough."""

import numpy as np
from numpy.typing import NDArray

from convlet.reading.place import Floats, ink_box
from convlet.signature import Form

_TONE = 6  # of 255: pixels this near to the ground's tone are ground
_GROUND = 0.45  # of all pixels at least
_BORDER = 0.9  # of those along the border
_INK = 24  # of 255: less contrast is no drawing
_BLACK = 8  # of 255: what the ground of an image in the data's own form may have
_OFF = 1.0  # pixels that the middle of such an image's ink may be off; in MNIST it is 0.7 at most


def in_own_form(grey: NDArray[np.uint8], input_shape: tuple[int, int, int], form: Form) -> NDArray[np.uint8] | None:
    """The image unchanged, (height, width), if it looks like the training images; its negative, if that does; else None."""
    height, width, _ = input_shape
    if grey.shape != (height, width):
        return None
    for image in (grey, 255 - grey):
        light = image if form.light else 255 - image
        border = np.concatenate([light[0], light[-1], light[1:-1, 0], light[1:-1, -1]])
        box = ink_box(light > 64)
        if box is None or (form.box < 0.9 and (border > _BLACK).mean() > 0.02) or light.max() < 128:
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


def flat_ink(pixels: NDArray[np.uint8]) -> Floats | None:
    """How much ink lies where on a ground of one tone; None where the ground is not.

    Args:
        pixels: (height, width, 3).

    Returns:
        float32 (height, width), 0 to 1. All zero where there is nothing but ground.
    """
    grey = pixels[..., 1]  # one channel is enough to see whether the ground is flat
    border = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    tone = int(np.bincount(border, minlength=256).argmax())
    near = np.abs(border.astype(np.int16) - tone) <= _TONE
    if near.mean() < _BORDER:
        return None
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])[near]
    difference = np.abs(pixels - np.median(edge, axis=0).astype(np.int16)).max(axis=2)
    ground = difference <= _TONE
    if ground.mean() < _GROUND:
        return None
    most = int(np.percentile(difference[~ground], 90)) if not ground.all() else 0
    if most < _INK:
        return None if not ground.all() else np.zeros(grey.shape, np.float32)
    if min(grey.shape) > 100 and ((difference > _TONE) & (difference < 0.4 * most)).sum() > 0.6 * (difference >= 0.4 * most).sum():
        return None  # shades of something softer than a drawing: a shadow
    ink: Floats = np.clip((difference - np.float32(_TONE)) / (most - _TONE), 0, 1)
    return ink
