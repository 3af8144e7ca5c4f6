"""Read many image files like `read_image`; those in the model's form take a third of the time."""

import os
import stat
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.errors import ConvletError, MissingExtraError, MissingReaderError
from convlet.reading.arrays import Pixels
from convlet.reading.decode import decode
from convlet.reading.flat import in_own_form
from convlet.reading.image import fit, longest_side
from convlet.reading.image_file import damaged
from convlet.reading.png import plain_png
from convlet.signature import Form
from convlet.system.files import without_waiting

_SMALL = 1 << 16  # bytes; a plain PNG of a model's size has fewer


def read_images(
    paths: Sequence[str], names: Sequence[str], input_shape: tuple[int, int, int], form: Form
) -> tuple[NDArray[np.uint8], list[str | None]]:
    """Read image files as a model's input, each like `read_image`.

    Args:
        paths: the files.
        names: their names in errors.
        input_shape: (height, width, channels) of the model's input.
        form: how the model's training images look.

    Returns:
        uint8 (n, height, width, channels), and for each file None or why it is unreadable; its image is then zeros.
    """
    height, width, _ = input_shape
    images = np.zeros((len(paths), *input_shape), np.uint8)
    errors: list[str | None] = [None] * len(paths)
    longest = longest_side(input_shape, form)
    pictures: dict[int, Image.Image] = {}
    for index, path in enumerate(paths):
        try:
            content = _small_file(path)
            picture = plain_png(content, width, height) or decode(content or path, longest, path)[0]
            if form.kind == "ink" and picture.size == (width, height):
                pictures[index] = picture
            else:
                images[index] = fit(picture, input_shape, form)
        except MissingReaderError as error:  # of this file: others may have another format
            errors[index] = why(error).replace(path, names[index])
        except MissingExtraError:  # of every file
            raise
        except Exception as error:  # noqa: BLE001  whatever one file does, the others are read
            errors[index] = why(error).replace(path, names[index])
    if pictures:
        images[list(pictures)] = fit_together(list(pictures.values()), input_shape, form)
    return images, errors


def fit_together(pictures: Sequence[Image.Image], input_shape: tuple[int, int, int], form: Form) -> Pixels:
    """Turn pictures of ink in the model's size into its input, uint8 (n, height, width, channels), each like `fit`.

    A NumPy call costs as much for one image as for a hundred.
    """
    own, greys = in_own_form(np.stack([np.asarray(picture.convert("L")) for picture in pictures]), form)
    images = np.repeat(greys[..., np.newaxis], input_shape[2], axis=-1)
    for index in np.flatnonzero(~own).tolist():
        images[index] = fit(pictures[index], input_shape, form)
    return images


def why(error: Exception) -> str:
    """Return why a file could not be read, also where convlet did not foresee the error."""
    return str(error) if isinstance(error, ConvletError) else str(damaged("the file", error))


def _small_file(path: str) -> bytes:
    """Return the content of a file in one read; nothing if it is large or unreadable, which `decode` then explains."""
    try:
        with open(path, "rb", buffering=0, opener=without_waiting) as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return b""
            content = file.read(_SMALL)
    except (OSError, ValueError):  # ValueError: an impossible file name
        return b""
    return content if len(content) < _SMALL else b""
