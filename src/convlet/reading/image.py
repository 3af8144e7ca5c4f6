"""An image that already has the data's own form: its size and its channels."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.image import as_channels, read_pixels
from convlet.errors import DataError
from convlet.files import user_path


def read_image(path: str | Path, input_shape: tuple[int, int, int]) -> NDArray[np.uint8]:
    """Read one image file as a model's input.

    Args:
        path: a PNG, JPEG, WebP, BMP, GIF or TIFF file of the model's own height and width, ink and ground as in its training data.
        input_shape: (height, width, channels) that the model takes; colour is turned into grey or grey repeated as it says.

    Returns:
        uint8, of `input_shape`.

    Raises:
        DataError: no image, a damaged one, or one of another size.
    """
    pixels = read_pixels(user_path(path))
    height, width, channels = input_shape
    if pixels.shape[:2] != (height, width):
        raise DataError(
            f"{path} is {pixels.shape[1]}x{pixels.shape[0]} pixels; this model takes images of {width}x{height}, "
            "in the form of its training data (for MNIST light ink on black, centred). Bring it to that form first."
        )
    return as_channels(pixels, channels)
