"""A picture that is no ink on a ground: it is only brought to the model's size."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.image import as_channels

_STRETCH = 1.1  # sides may be stretched against each other by so much; nobody sees it


def resized(picture: Image.Image, input_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """The whole picture in the model's size, what is left over filled with its border's colour.

    Args:
        picture: mode RGB, of any size. One of the right size passes unchanged.
        input_shape: (height, width, channels) that the model takes; colour is turned into grey or grey repeated as it says.

    Returns:
        uint8, of `input_shape`.
    """
    height, width, channels = input_shape
    if picture.size != (width, height):
        picture = _fitted(picture, width, height)
    return as_channels(np.asarray(picture), channels)


def _fitted(picture: Image.Image, width: int, height: int) -> Image.Image:
    across, down = width / picture.width, height / picture.height
    if max(across, down) <= _STRETCH * min(across, down):
        return picture.resize((width, height), Image.Resampling.BICUBIC)
    scale = min(across, down)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    fitted = picture.resize(size, Image.Resampling.BICUBIC)
    pixels = np.asarray(fitted)
    border = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    colour = tuple(int(value) for value in np.median(border, axis=0))
    whole = Image.new("RGB", (width, height), colour)
    whole.paste(fitted, ((width - size[0]) // 2, (height - size[1]) // 2))
    return whole
