"""Read an image of one thing, from any camera, scanner or paint program, as a model's input."""

from pathlib import Path

import numpy as np
from PIL import Image

from convlet.reading.arrays import Pixels
from convlet.reading.decode import Source, decode, in_colour
from convlet.reading.fitting import as_channels, resized
from convlet.reading.flat import in_own_form
from convlet.reading.photo import character_in
from convlet.reading.place import blank, placed
from convlet.signature import Form

_DETAIL = 1200  # pixels of a photograph's longer side; a stroke of two pixels among 4000 still shows
_FINER = 0.16  # standard deviations by which 8x8 pixels, enlarged with soft edges, differ from their own enlargement


def read_image(source: Source, input_shape: tuple[int, int, int], form: Form | None = None, name: str = "") -> Pixels:
    """Read one image as a model's input.

    Args:
        source: the path of an image file, its bytes, a file opened in binary mode, a Pillow image, or pixels:
            uint8, truth values, or floats from 0 to 1 or 255, (height, width) or (height, width, 1, 3 or 4 channels).
        input_shape: (height, width, channels) of the model's input.
        form: how the model's training images look (`Signature.form`). For ink, the single character in the image is
            found, cut out and drawn like them; an image already in their form passes unchanged. Otherwise the whole
            picture is resized.
        name: what errors call it; the default is its path.

    Returns:
        uint8, of `input_shape`. If no ink was found, only the training images' background.

    Raises:
        DataError: not an image, damaged, animated or too large (see `decode`), or an array of another type or shape.

    Example:
        >>> image = convlet.read_image("seven.png", (28, 28, 1), predictor.signature.form)
        >>> image.shape, image.dtype
        ((28, 28, 1), dtype('uint8'))
    """
    return fit(decode(source, longest_side(input_shape, form), name)[0], input_shape, form)


def read_alike(source: Path | bytes, size: tuple[int, int], form: Form, name: str = "") -> Pixels:
    """Read an image of a data set as `read_image` does for the model that will be trained on it.

    Args:
        source: the path of an image file, or its bytes.
        size: (height, width) of the result.
        form: that of the data set's images.
        name: what errors call it.

    Returns:
        uint8 (height, width, 1), or (height, width, 3) in color.

    Raises:
        DataError: see `read_image`.
    """
    picture = decode(source, longest_side((*size, 3), form), name)[0]
    return fit(picture, (*size, 1 if picture.mode == "L" or form.kind == "ink" else 3), form)


def longest_side(input_shape: tuple[int, int, int], form: Form | None) -> int:
    """Return the longer side, in pixels, of the picture that `fit` needs."""
    return _DETAIL if form is not None and form.kind == "ink" else 4 * max(input_shape)


def fit(picture: Image.Image, input_shape: tuple[int, int, int], form: Form | None) -> Pixels:
    """Turn a decoded picture into a model's input: see `read_image`."""
    if form is None or form.kind != "ink":
        return resized(picture, input_shape, form.fit if form else "pad")
    own = _own(picture.convert("L"), (input_shape[1], input_shape[0]), form)
    if own is not None:
        return as_channels(own[..., np.newaxis], input_shape[2])
    ink = character_in(in_colour(picture))
    return blank(input_shape, form) if ink is None else placed(ink, input_shape, form)


def _own(grey: Image.Image, size: tuple[int, int], form: Form) -> Pixels | None:
    """Return the picture, (height, width), if it has the training images' form or had it before it was enlarged."""
    if grey.size == size:
        return _in_own_form(grey, form)
    if grey.width * size[1] != grey.height * size[0] or grey.width < 2 * size[0]:
        return None
    small = grey.resize(size, Image.Resampling.BOX)
    own = _in_own_form(small, form)
    if own is None:
        return None
    pixels = np.asarray(grey, np.float32)
    for enlarging in (Image.Resampling.BOX, Image.Resampling.BICUBIC):
        finer = np.abs(np.asarray(small.resize(grey.size, enlarging), np.float32) - pixels).mean()
        if finer < _FINER * pixels.std():
            return own
    return None


def _in_own_form(grey: Image.Image, form: Form) -> Pixels | None:
    own, images = in_own_form(np.asarray(grey)[np.newaxis], form)
    return images[0] if own[0] else None
