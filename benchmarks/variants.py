"""MNIST digits as other programs would save them: dark on white, larger, off-centre, drawn with another pen. All of them on clean ground."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

Digit = NDArray[np.uint8]  # (28, 28), light on black
_FINE = 8  # times larger while a stroke is drawn anew
_MARGIN = 8  # pixels a digit may be off the centre, and the room it is given for that


def inverted(digit: Digit, _: np.random.Generator) -> Digit:
    """Dark on white."""
    return 255 - digit


def larger(digit: Digit, _: np.random.Generator) -> Digit:
    """Three times larger, dark on white."""
    return 255 - np.asarray(Image.fromarray(digit).resize((84, 84), Image.Resampling.BICUBIC))


def off_centre(digit: Digit, random: np.random.Generator) -> Digit:
    """Up to 8 pixels off the centre in both directions; the picture is as much larger, so that nothing is cut off."""
    moved = np.zeros((28 + 2 * _MARGIN, 28 + 2 * _MARGIN), np.uint8)
    top, left = random.integers(0, 2 * _MARGIN + 1, 2)
    moved[top : top + 28, left : left + 28] = digit
    return moved


def within_frame(digit: Digit, random: np.random.Generator) -> Digit:
    """As far off the centre, up to 8 pixels, as 28x28 pixels have room for."""
    rows, columns = np.flatnonzero(digit.any(axis=1)), np.flatnonzero(digit.any(axis=0))
    down, right = (
        int(random.integers(max(-_MARGIN, -used[0]), min(_MARGIN, 27 - used[-1]) + 1)) for used in (rows, columns)
    )
    return np.roll(digit, (down, right), axis=(0, 1))


def stroke(width: float) -> Callable[[Digit, np.random.Generator], Digit]:
    """The digit's middle line drawn with a pen of so many pixels, dark on white."""

    def drawn(digit: Digit, _: np.random.Generator) -> Digit:
        from skimage.morphology import skeletonize

        solid = (
            ndimage.gaussian_filter(ndimage.zoom(np.pad(digit, 4).astype(np.float32), _FINE, order=3), _FINE * 0.35)
            > 110
        )
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
