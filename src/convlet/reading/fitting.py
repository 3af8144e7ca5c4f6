"""Fit a decoded picture to the size and channels of a model's input."""

import numpy as np
from PIL import Image, ImageOps

from convlet.reading.arrays import Pixels, border, pixels_of

_STRETCH = 1.1  # an invisible distortion


def resized(picture: Image.Image, input_shape: tuple[int, int, int], fit: str = "pad") -> Pixels:
    """Fit a picture to a model's input.

    Args:
        picture: mode L or RGB. One of the right size passes unchanged.
        input_shape: (height, width, channels).
        fit: see `Form.fit`. Shapes that differ by less than a tenth are always stretched.

    Returns:
        uint8, of `input_shape`.
    """
    height, width, channels = input_shape
    if picture.size != (width, height):
        picture = _fitted(picture, width, height, fit)
    return as_channels(pixels_of(picture), channels)


def as_channels(pixels: Pixels, channels: int) -> Pixels:
    """Convert (height, width, 1 or 3) to `channels`: gray repeated, or color mixed to gray."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    return np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis]


def _fitted(picture: Image.Image, width: int, height: int, fit: str) -> Image.Image:
    across, down = width / picture.width, height / picture.height
    if fit == "stretch" or max(across, down) <= _STRETCH * min(across, down):
        return picture.resize((width, height), Image.Resampling.BICUBIC)
    if fit == "crop":
        return ImageOps.fit(picture, (width, height), Image.Resampling.BICUBIC)
    scale = min(across, down)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    fitted = picture.resize(size, Image.Resampling.BICUBIC)
    color = np.median(border(pixels_of(fitted)), axis=0).astype(int)
    whole = Image.new(picture.mode, (width, height), tuple(color.tolist()))
    whole.paste(fitted, ((width - size[0]) // 2, (height - size[1]) // 2))
    return whole
