"""Even out paper, light and shadow: how much darker (or lighter) than its background each pixel is."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from convlet.reading.filters.extremes import closed
from convlet.reading.filters.means import bell
from convlet.reading.place import Floats

# The share of the cubed contrast that is light, -1 to 1, where it leaves open which ink is. Edges add to the light
# side, as contrast is relative to what is around: dark ink beside a dark table reaches a half, light ink alone more.
_OPEN = (-0.1, 0.5)


class Colours(NamedTuple):
    """The mixtures of red, green and blue in which ink stands out most: float32 (3,), the weights of the channels.

    Their sum is 1 if ink is darker than the ground, else -1.

    Attributes:
        likely: the likelier one.
        other: the one of the opposite sign.
        open: whether the other is nearly as likely.
    """

    likely: Floats
    other: Floats
    open: bool


def ink_colours(picture: Image.Image) -> Colours:
    """Find the colors of ink in a picture of mode RGB.

    Cubed contrast shows whether ink is darker or lighter than the background: ink is the smaller part and far from the
    background, while both sides of a shadow's edge are equally far from their mean.
    """
    pixels = np.asarray(picture, np.float32) / 255
    radius = max(2.0, 0.06 * max(picture.size))
    around = np.asarray(picture.filter(ImageFilter.GaussianBlur(radius)), np.float32) / 255
    off = (pixels - around) / (around + 0.15)
    grey: Floats = off.mean(axis=2, dtype=np.float32) * _middle_more(*off.shape[:2])
    cubes = grey**3
    light = float(cubes.sum()) / max(float(np.abs(cubes).sum()), 1e-9)
    dark, bright = _strongest(-grey, -off), -_strongest(grey, off)
    likely, other = (dark, bright) if light < 0 else (bright, dark)
    return Colours(likely, other, _OPEN[0] < light < _OPEN[1])


def _strongest(depth: Floats, off: NDArray[np.floating]) -> Floats:
    """Return the mean of `off`, (height, width, 3), where `depth` is greatest: weights of the channels, their sum 1."""
    hundredth = max(1, depth.size // 100)
    strongest = depth >= np.partition(depth.ravel(), -hundredth)[-hundredth]
    share = np.clip(off[strongest].mean(axis=0), 0, None)
    return (share / share.sum() if share.sum() > 0 else np.full(3, 1 / 3)).astype(np.float32)


def ink_channel(picture: Image.Image, colour: Floats) -> Floats:
    """Mix a picture of mode RGB into one channel, float32 (height, width), 0 to 1, in which ink is dark."""
    mixed: Floats = np.asarray(picture, np.float32) @ (colour * np.float32(1 / 255))
    if colour.sum() < 0:
        mixed += 1
    return mixed


def _middle_more(height: int, width: int) -> Floats:
    """Return weights of pixels, smaller along the border, where tables and other sheets appear."""
    down, across = (np.minimum(np.arange(n) + 0.5, n - np.arange(n) - 0.5) / (0.08 * n) for n in (height, width))
    weights: Floats = np.clip(np.minimum(down[:, np.newaxis], across), 0.3, 1).astype(np.float32)
    return weights


class Depth(NamedTuple):
    """A picture's darkness relative to its background.

    Attributes:
        missing: the missing share of the background's light, float32 (height, width): 0 on background, up to 1 in ink.
        steep: the light's gradient, in the same unit.
        noise: standard deviation of `missing` without ink.
    """

    missing: Floats
    steep: Floats
    noise: float


def depth(channel: Floats, size: int) -> Depth:
    """Measure how much of the background's light is missing at each pixel.

    The background is a gray closing: it fills dark parts narrower than `size`, keeping the edges of shadows and sheets.

    Args:
        channel: ink dark on light, (height, width), 0 to 1.
        size: pixels; wider than the strokes, narrower than the shadows.
    """
    height, width = channel.shape
    factor = max(1, size // 32)
    small = np.asarray(Image.fromarray(channel).reduce(factor))
    wide = max(3, size // factor | 1)
    room = min(wide, *small.shape)
    ground = closed(np.pad(small, room, mode="symmetric"), wide, wide)[room:-room, room:-room]
    ground = bell(ground, 1.0, (0, 1), "symmetric")
    across, down = small.shape[1] * factor, small.shape[0] * factor  # reduce() rounds up
    enlarged = Image.fromarray(ground).resize((across, down), Image.Resampling.BILINEAR)
    ground = np.maximum(np.asarray(enlarged)[:height, :width], 0.05)
    # A compromise: in a difference shadows hide ink, in a ratio they amplify noise.
    light = np.sqrt(ground * np.median(ground[::4, ::4]))
    missing = (ground - channel) / light
    # The level and noise of a sheet's empty part, whether ink covers none or half of it.
    low, high = np.percentile(missing[::2, ::2], [10, 30])
    noise = float(high - low) / 0.9
    level = np.float32(float(high) + 0.15 * noise)
    steep = np.zeros_like(channel)
    steep[1:-1, 1:-1] = np.hypot(channel[2:, 1:-1] - channel[:-2, 1:-1], channel[1:-1, 2:] - channel[1:-1, :-2]) / 2
    return Depth(missing - level, steep / light, noise + 1e-3)
