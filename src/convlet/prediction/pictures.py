"""Turn the input of `predict` into batches for a model: stacks of images unchanged, pictures read one by one."""

import os
import warnings
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
from PIL import Image

from convlet.data import ImagesOnDisk
from convlet.data.pixels import in_8_bits
from convlet.errors import DataError
from convlet.reading import read_image
from convlet.reading.arrays import Pixels
from convlet.reading.decode import Source, file_or_pixels
from convlet.signature import WHITE, Signature

Pictures: TypeAlias = Source | ImagesOnDisk | Iterable[Source]


def batches(given: Pictures, signature: Signature, size: int) -> Iterator[Pixels]:
    """Yield a model's input, uint8 (k, height, width, channels) with k up to `size`.

    Args:
        given: a stack of images in the model's size, uint8 (n, height, width, channels), or (n, height, width) if gray;
            or one picture, or any number of them, see `as_input`.
        signature: the model's.
        size: images in a batch.

    Raises:
        DataError: a stack of another type or shape, or see `as_input`.
    """
    if not isinstance(given, Image.Image | ImagesOnDisk) and hasattr(given, "__array__"):
        given = np.asarray(given)
        if given.ndim == 1 and given.dtype.kind in "OU":  # paths, such as a column of a table
            given = given.tolist()
    if isinstance(given, ImagesOnDisk) or (isinstance(given, np.ndarray) and _is_stack(given, signature.input_shape)):
        stretched = given if isinstance(given, ImagesOnDisk) else as_trained(given, signature.white)
        images = _checked(stretched, signature.input_shape)
        for start in range(0, len(images), size):
            yield np.asarray(images[start : start + size]).reshape(-1, *signature.input_shape)
    elif _is_one(given):
        yield as_input(given, signature)[np.newaxis]  # type: ignore[arg-type]  # refused if it is not a picture
    else:
        numbered = enumerate(cast("Iterable[Source]", given))
        while part := list(islice(numbered, size)):
            yield np.stack([as_input(one, signature, f"image {number}") for number, one in part])


def as_input(given: Source, signature: Signature, name: str = "the image") -> Pixels:
    """Return one picture as a model's input.

    Args:
        given: an array in the model's size, which is used unchanged; or any picture, read as by `read_image`. Pixels
            are uint8, truth values, or floats from 0 to 1 or to 255, or see `as_trained`.
        signature: the model's.
        name: what errors call it, if it is not a path.

    Returns:
        uint8 (height, width, channels).

    Raises:
        DataError: see `read_image`.
    """
    shape = signature.input_shape
    if not isinstance(given, Image.Image):
        if hasattr(given, "__array__"):
            given = as_trained(np.asarray(given), signature.white)
        found: Any = file_or_pixels(given, name)
        if isinstance(found, np.ndarray) and found.shape in (shape, shape[:2] if shape[2] == 1 else shape):
            return found.reshape(shape)
        if isinstance(found, Path):
            name = str(given)
        given = found
    return read_image(given, shape, signature.form, name)


def as_trained(values: "np.ndarray[Any, Any]", white: float) -> "np.ndarray[Any, Any]":
    """Return pixels in 8 bits, stretched as the arrays of a model's training were, if they may be of the same kind.

    Args:
        values: an image, or several that are judged together.
        white: see `Signature`. Up to it, numbers that are no fractions are taken for such pixels, with a warning: they
            might be of a dark picture. One beyond 255 is that of uint16, and of other numbers beyond 255.
    """
    if white == WHITE or values.dtype.kind not in "uif" or not values.size:
        return values
    high = float(values.max())
    fractions = values.dtype.kind == "f" and high <= 1
    beyond = white > WHITE and values.dtype != np.uint16 and high <= WHITE
    if fractions or beyond or not (0 < high <= white and values.min() >= 0):
        return values
    warnings.warn(
        f"pixels up to {white:g} are stretched to 0 to 255, as those that the model learned from. Give pictures as "
        "uint8 from 0 to 255.",
        stacklevel=2,
    )
    return in_8_bits(values, white, "the image")


def _is_one(given: Any) -> bool:
    return (
        isinstance(given, str | bytes | bytearray | memoryview | os.PathLike | Image.Image | np.ndarray)
        or hasattr(given, "read")
        or not isinstance(given, Iterable)
    )


def _is_stack(images: "np.ndarray[Any, Any]", shape: tuple[int, int, int]) -> bool:
    """Return whether an array holds several images, or nothing that could be one."""
    if images.ndim == 2 and images.shape[1] != np.prod(shape):
        return False
    one = images.ndim == 3 and images.shape[2] in (1, 3, 4)
    return not one or (shape[2] == 1 and images.shape[1:] == shape[:2])


def _checked(images: Any, shape: tuple[int, int, int]) -> Any:
    if images.dtype != np.uint8:
        raise DataError(
            f"pixels of type {images.dtype}; expected uint8, 0 to 255. "
            "The model scales them itself: do not divide by 255."
        )
    if images.shape[1:] not in (shape, shape[:2] if shape[2] == 1 else shape):
        hint = " Images in a list may have any size: list(images)." if len(images.shape) == 4 else ""
        raise DataError(f"images of shape {images.shape}; this model takes (n, {', '.join(map(str, shape))}).{hint}")
    return images
