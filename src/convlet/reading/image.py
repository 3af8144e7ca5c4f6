"""One image of one thing, from any camera, scanner or paint program, to what a model takes."""

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.image import as_channels
from convlet.reading.decode import Source, decode
from convlet.reading.flat import in_own_form
from convlet.reading.photo import character_in
from convlet.reading.picture import resized
from convlet.reading.place import blank, placed
from convlet.signature import Form

_DETAIL = 1200  # pixels of the longer side that a photograph is decoded to; a stroke of two pixels among 4000 is still to be seen
_FINER = 0.16  # of the standard deviation: an image of 8x8 pixels enlarged with soft edges differs so much from itself made small and large again


def read_image(source: Source, input_shape: tuple[int, int, int], form: Form | None = None) -> NDArray[np.uint8]:
    """Read one image as a model's input.

    Args:
        source: the path of a PNG, JPEG, WebP, BMP, GIF or TIFF file, the bytes of one, or pixels, uint8 (height, width) or
            (height, width, 1, 3 or 4 channels).
        input_shape: (height, width, channels) that the model takes.
        form: how the model's training images look (`Signature.form`). For ink, the one character in the image is found, cut out and drawn
            as in the training images, on whatever it was written; an image in their form already passes unchanged. For anything else, and
            for None, the whole picture is brought to the model's size.

    Returns:
        uint8, of `input_shape`. Where no ink was found, nothing but the training images' ground.

    Raises:
        DataError: no image, a damaged or animated one, more than 40 million pixels, or an array of another type or shape.
    """
    if form is None or form.kind != "ink":
        return resized(decode(source, 4 * max(input_shape))[0], input_shape)
    picture, _ = decode(source, _DETAIL)
    own = _own(picture.convert("L"), (input_shape[1], input_shape[0]), form)
    if own is not None:
        return as_channels(own[..., np.newaxis], input_shape[2])
    ink = character_in(picture)
    return blank(input_shape, form) if ink is None else placed(ink, input_shape, form)


def _own(grey: Image.Image, size: tuple[int, int], form: Form) -> NDArray[np.uint8] | None:
    """The picture in the training images' form, (height, width), if it is in that already or was and has been enlarged; else None."""
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


def _in_own_form(grey: Image.Image, form: Form) -> NDArray[np.uint8] | None:
    own, images = in_own_form(np.asarray(grey)[np.newaxis], form)
    return images[0] if own[0] else None
