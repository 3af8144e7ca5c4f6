"""Read drawings on a background of one tone: canvas, scan, screenshot. NumPy is enough."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageChops

from convlet.reading.arrays import Pixels, border, borders, ends, outlines
from convlet.reading.place import Floats, Mask, ink_box
from convlet.signature import Form

_TONE = 6  # of 255: how far background may be from its tone
_GROUND = 0.45  # of all pixels at least
_BORDER = 0.9  # of the border's
_LARGE_GROUND = 0.35  # of all pixels, if ink reaches the border of a picture larger than a thumbnail
_THIRD_TONE = 0.15  # of all pixels: a shadow with a hard edge, not a shade of ink
_ALONG = 0.2  # of the border's, if ink reaches it
_TWO_TONES = 0.55  # of all pixels have one of two tones, if ink reaches the border
_BROAD = 0.19  # of its longer side: wider than a stroke; a disc has 0.5
THUMBNAIL = 100  # pixels of the shorter side; photographs of whole sheets are larger
_FILLED = 0.5  # of the box around the ink: thick strokes fill less
_SOFT = 1.0  # of the ink: with more gray pixels it is a shadow; a digit enlarged tenfold has nearly as many
_INK = 24  # of 255: with less contrast it is not a drawing
_BOLD = 80  # of 255: fainter ink in a large picture may be pencil among other faint things
_STEEPER = 3.5  # times: how much the edges of one ink differ at most; those of a shadow are soft
_BLACK = 8  # of 255: the maximum in the background of an image in the data's form
_OFF = 1.0  # pixels that its ink may be off center; 0.7 at most in MNIST


def in_own_form(greys: Pixels, form: Form) -> tuple[Mask, Pixels]:
    """Find the images that look like the training images, either directly or as negatives.

    Args:
        greys: uint8, (n, height, width), in the model's size.
        form: how the training images look.

    Returns:
        Whether each does, (n,); and the images, (n, height, width), inverted if it is their negatives that do.
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


def _looks_own(images: Pixels, form: Form) -> Mask:
    """Return whether each image has the polarity, background, ink size and ink position in `form`, (n,)."""
    _, height, width = images.shape
    light = images if form.light else 255 - images
    ink: Mask = light > 64
    left, right = ends(np.any(ink, axis=1))
    top, bottom = ends(np.any(ink, axis=2))
    own = (right > left) & (light.max(axis=(1, 2), initial=0) >= 128) & (light.mean(axis=(1, 2)) <= 127)
    if form.box < 0.9:
        own &= (borders(light) > _BLACK).mean(axis=1) <= 0.02
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
    looks: Mask = own & (off <= _OFF * max(1.0, side / 20))
    return looks


def flat_ink(picture: Image.Image) -> Floats | None:
    """Measure the ink on a background of one tone in a picture of mode RGB.

    Returns:
        float32 (height, width), 0 to 1, all zero if there is only background; None if that has several tones.
    """
    green = picture.getchannel("G")  # one channel shows whether the background is flat
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
    # Many soft shades are a shadow; the edges of a small drawing have as many.
    large = min(picture.size) > THUMBNAIL
    if most < (_BOLD if large else _INK) or (large and off_ground - ink > _SOFT * ink):
        return None
    strength = np.clip((np.arange(256, dtype=np.float32) - _TONE) / (most - _TONE), 0, 1)
    spread: Floats = strength[np.asarray(difference)]
    return None if large and is_shaded(spread) else spread


def is_solid(ink: Floats) -> bool:
    """Return whether the ink may be a sheet, a screen or a shadow because it covers much of its box."""
    over = ink > 0.5
    box = ink_box(over)
    return box is not None and bool(box.width * box.height > 0.2 * over.size and box.cut(over).mean() > _FILLED)


def is_broad(ink: Floats) -> bool:
    """Return whether the ink is a shadow because it reaches the border and is wider than a stroke."""
    over = ink > 0.5
    box = ink_box(over)
    if box is None or not border(over).any():
        return False
    return bool(2 * over.sum() > _BROAD * outlines(box.cut(over)[np.newaxis])[0] * box.longer)


def is_shaded(ink: Floats) -> bool:
    """Return whether a shadow reaches the border: part of the outline is steep, of strokes, and part is soft."""
    over = ink > 0.5
    if not border(over).any():
        return False
    wide = np.pad(ink, 1, mode="edge")
    lowest = np.minimum.reduce([wide[:-2, 1:-1], wide[2:, 1:-1], wide[1:-1, :-2], wide[1:-1, 2:]])
    rim = over & (lowest <= 0.5)
    if not rim.any():
        return False
    soft, steep = np.percentile(1 - lowest[rim] / ink[rim], [15, 90])
    return bool(soft * _STEEPER < steep)


def _ground(channel: Image.Image) -> int | None:
    """Return the background's level: nearly all the border's, else the one of two levels with more area and border."""
    grey = np.asarray(channel)
    everywhere = np.cumsum(channel.histogram()) / grey.size
    around = border(grey)
    along = np.cumsum(np.bincount(around, minlength=256)) / around.size
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
    if max(between, default=0.0) > _THIRD_TONE or high - low < 4 * _INK or shares[0][0] + shares[1][0] < _TWO_TONES:
        return None
    ground = low if sum(shares[0]) > sum(shares[1]) else high
    if min(grey.shape) > THUMBNAIL and _share(along, ground, _TONE) < _ALONG:
        return None  # a frame, or a sheet and a table
    return ground


def _share(cumulated: NDArray[np.float64], level: int, reach: int) -> float:
    """Return the share of pixels within `reach` of a level."""
    below = cumulated[level - reach - 1] if level > reach else 0.0
    return float(cumulated[min(level + reach, 255)] - below)
