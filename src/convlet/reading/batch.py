"""Many image files at once: each as `read_image` reads it, those in the model's own form for a third of the time."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.data.image import as_channels
from convlet.errors import DataError
from convlet.reading.flat import in_own_form
from convlet.reading.image import read_image
from convlet.reading.png import plain_png
from convlet.signature import Form

_SMALL = 1 << 16  # bytes: no plain PNG of a model's size has more


def read_images(
    paths: Sequence[str], names: Sequence[str], input_shape: tuple[int, int, int], form: Form
) -> tuple[NDArray[np.uint8], list[str | None]]:
    """Read image files as a model's input: what `read_image` makes of each.

    Args:
        paths: the files.
        names: what errors call them.
        input_shape: (height, width, channels) that the model takes.
        form: how the model's training images look.

    Returns:
        uint8, (n, height, width, channels), and for each file None or why it cannot be read; the image is then zeros.
    """
    height, width, channels = input_shape
    ink = form.kind == "ink"
    images = np.zeros((len(paths), height, width, 1 if ink else channels), np.uint8)
    plain = np.zeros(len(paths), np.bool_)
    for index, path in enumerate(paths):
        pixels = _plain(path, width, height)
        if pixels is not None:
            images[index], plain[index] = as_channels(pixels, images.shape[-1]), True
    if ink:  # looked at all together, for a few calls of NumPy cost as much for one image as for a hundred
        own, images[..., 0] = in_own_form(images[..., 0], form)
        plain &= own
        images = np.repeat(images, channels, axis=-1) if channels > 1 else images
    errors: list[str | None] = [None] * len(paths)
    for index in np.flatnonzero(~plain).tolist():
        images[index] = 0
        try:
            images[index] = read_image(paths[index], input_shape, form)
        except DataError as error:
            errors[index] = str(error).replace(paths[index], names[index])
    return images, errors


def _plain(path: str, width: int, height: int) -> NDArray[np.uint8] | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            content = os.read(descriptor, _SMALL)
        finally:
            os.close(descriptor)
    except (OSError, ValueError):  # ValueError: a name that no file can have
        return None
    return plain_png(content, width, height)
