"""MNIST digits as other programs would save them: dark on white, larger, off-center, or with another pen; no noise."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Digit = NDArray[np.uint8]  # (28, 28), light on black
_FINE = 8  # times larger while a stroke is redrawn
_MARGIN = 8  # pixels a digit may be off the center


def inverted(digit: Digit, _: np.random.Generator) -> Digit:
    """Return the digit dark on white."""
    return 255 - digit


def larger(digit: Digit, _: np.random.Generator) -> Digit:
    """Return the digit three times larger, (84, 84), dark on white."""
    return 255 - np.asarray(Image.fromarray(digit).resize((84, 84), Image.Resampling.BICUBIC))


def off_centre(digit: Digit, random: np.random.Generator) -> Digit:
    """Return the digit up to 8 pixels off the center both ways, in (44, 44) pixels, so that nothing is cut off."""
    moved = np.zeros((28 + 2 * _MARGIN, 28 + 2 * _MARGIN), np.uint8)
    top, left = random.integers(0, 2 * _MARGIN + 1, 2)
    moved[top : top + 28, left : left + 28] = digit
    return moved


def within_frame(digit: Digit, random: np.random.Generator) -> Digit:
    """Return the digit up to 8 pixels off the center both ways, as far as 28x28 pixels have room."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    down, right = (
        int(random.integers(max(-_MARGIN, -used[0]), min(_MARGIN, 27 - used[-1]) + 1)) for used in (rows, columns)
    )
    return np.roll(digit, (down, right), axis=(0, 1))


def stroke(width: float) -> Callable[[Digit, np.random.Generator], Digit]:
    """Return a function that redraws a digit's skeleton with a pen `width` pixels wide, dark on white."""

    def drawn(digit: Digit, _: np.random.Generator) -> Digit:
        from skimage.morphology import skeletonize

        large = ndimage.zoom(np.pad(digit, 4).astype(np.float32), _FINE, order=3)
        solid = ndimage.gaussian_filter(large, _FINE * 0.35) > 110
        distance = ndimage.distance_transform_edt(~skeletonize(solid))
        ink = np.clip((width * _FINE / 2 - distance) / _FINE + 0.5, 0, 1)
        small = ink.reshape(36, _FINE, 36, _FINE).mean((1, 3))
        made: Digit = (255 - 255 * small).round().astype(np.uint8)
        return made

    return drawn


VARIANTS: Mapping[str, Callable[[Digit, np.random.Generator], Digit]] = {
    "inverted": inverted,
    "three times larger": larger,
    "off-centre by up to 8 px": off_centre,
    "off-centre within 28x28": within_frame,
    **{f"stroke of {width} px": stroke(width) for width in (1, 2, 3, 4, 5)},
}
