"""Decode a file, bytes or an array to the picture a person sees: upright, opaque, 8 bits per channel.

Training, evaluation, prediction and serving all decode here, so they agree.
"""

import math
import os
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.errors import ConvletError, DataError
from convlet.reading import depth
from convlet.reading.arrays import Pixels, pixels_of
from convlet.reading.image_file import LIMIT, MAX_PIXELS, damaged, open_image
from convlet.system.files import user_path

Source: TypeAlias = str | os.PathLike[str] | bytes | BinaryIO | NDArray[Any] | Image.Image

_ORIENTATION = 0x0112  # the EXIF tag
_EXIF = ("exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp")  # where Pillow finds it
_TURN = Image.Transpose
_TURNS = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
_TURNING = ("JPEG", "MPO", "WEBP", "AVIF")  # formats with it in the header
_TURNED = "TIFF"  # Pillow turns its pixels itself, and its size before that
_PALE = 80  # of 255: ink whose darkest channel is this close to white would vanish on white


def decode(source: Source, longest: int | None = None, name: str = "") -> tuple[Image.Image, tuple[int, int]]:
    """Decode a picture: turned as EXIF says, transparency over white, or over black if the visible part is pale.

    Args:
        source: the path of an image file, its bytes, a file opened in binary mode, a Pillow image, or pixels (height,
            width) or (height, width, 1, 3 or 4 channels), see `depth.of_array`.
        longest: pixels of the longer side. A larger picture is reduced during decoding, so a whole photograph is never
            in memory. None for full size.
        name: what errors call it; the default is its path.

    Returns:
        A Pillow image of mode L if the source is gray, else RGB; and its full (width, height).

    Raises:
        DataError: not an image, damaged or animated, over 80 million pixels, or an array of another type or shape. A
            non-progressive JPEG may have 200 million if `longest` makes it small.
    """
    called = name or "the image"
    given = _file_of(source) if isinstance(source, Image.Image) else file_or_pixels(source, called)
    if isinstance(given, Image.Image):
        try:
            return _upright(given, longest, given.size, called)
        except ConvletError:
            raise
        except Exception as error:  # a file is read only now
            raise damaged(called, error) from error
    if isinstance(given, np.ndarray):
        image = _from_array(given, called)
        return _flattened(image, longest), image.size
    if isinstance(given, Path):
        called = name or str(source)
    with open_image(given, called) as image:
        width, height = image.size
        side = max(image.size)
        if longest and side > longest:
            image.draft(None, (max(1, width * longest // side), max(1, height * longest // side)))
        return _upright(image, longest, (width, height), called)


def file_or_pixels(source: Any, name: str) -> "Path | bytes | Pixels":
    """Return the path of an image file, its bytes, or pixels in 8 bits, of any shape.

    Args:
        source: see `decode`, but not a Pillow image.
        name: what errors call it.

    Raises:
        DataError: something else, or pixels that `depth.of_array` refuses.
    """
    if isinstance(source, str | os.PathLike):
        return user_path(source)
    if hasattr(source, "read"):
        source = source.read()
        if isinstance(source, str):
            raise DataError(f"{name} is a file opened as text. Open it with open(path, 'rb').")
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source)
    if not hasattr(source, "__array__"):
        raise DataError(
            f"{name} is of type {type(source).__name__}; expected the path of an image file, its bytes, an open file, "
            "a Pillow image, or an array of pixels."
        )
    return depth.of_array(np.asarray(source), name)


def _file_of(image: Image.Image) -> Image.Image | Path | bytes | Pixels:
    """Return the file of a JPEG that Pillow has not decoded yet: only the file can be decoded at a reduced size.

    Any other image is returned unchanged.
    """
    file = getattr(image, "fp", None)
    if image.format not in ("JPEG", "MPO") or file is None or not getattr(image, "tile", None):
        return image
    at = file.tell()
    file.seek(0)
    content: bytes = file.read()
    file.seek(at)
    return content


def _upright(
    image: Image.Image, longest: int | None, size: tuple[int, int], name: str
) -> tuple[Image.Image, tuple[int, int]]:
    """Return what `decode` makes of an open image with the full (width, height)."""
    if math.prod(image.size) > MAX_PIXELS:
        raise DataError(f"{name} is {image.width}x{image.height} pixels; {LIMIT}.")
    turn = _orientation(image)
    picture = _flattened(image, longest)
    if turn in _TURNS:
        picture = picture.transpose(_TURNS[turn])
    return picture, size[::-1] if turn in _SIDEWAYS else size


class Header(NamedTuple):
    """The content of an image file's header.

    Attributes:
        format: Pillow's name of the format, such as "JPEG".
        mode: Pillow's mode of the pixels, such as "RGB", before `decode` converts it to L or RGB.
        height: in pixels, of the upright picture.
        width: in pixels, of the upright picture.
        turned: whether EXIF says to turn or mirror it.
        transparent: whether it may have transparent pixels.
    """

    format: str
    mode: str
    height: int
    width: int
    turned: bool
    transparent: bool


def header_of(source: Path | bytes, name: str = "") -> Header:
    """Read only the header of an image file.

    Raises:
        DataError: see `decode`, except for damaged pixels.
    """
    with open_image(source, name or str(source)) as image:
        width, height = image.size
        turn = image.getexif().get(_ORIENTATION) if image.format in (*_TURNING, _TURNED) else None
        size = (width, height) if turn in _SIDEWAYS and image.format != _TURNED else (height, width)
        return Header(image.format or "", image.mode, *size, turn in _TURNS, image.has_transparency_data)


def upright(source: Source, longest: int | None = None) -> Image.Image:
    """Call `decode` for mode RGB."""
    return in_colour(decode(source, longest)[0])


def in_colour(picture: Image.Image) -> Image.Image:
    """Return a picture in mode RGB."""
    return picture if picture.mode == "RGB" else picture.convert("RGB")


def read_pixels(source: Path | bytes, name: str = "") -> Pixels:
    """Call `decode` for full size.

    Returns:
        uint8 (height, width, 1), or (height, width, 3) in color.
    """
    return pixels_of(decode(source, name=name)[0])


def _from_array(pixels: Pixels, name: str) -> Image.Image:
    shape = pixels.shape
    if 0 in shape or len(shape) not in (2, 3) or shape[2:] not in ((), (1,), (3,), (4,)):
        raise DataError(
            f"{name} is an array of {pixels.dtype}, shape {shape}; expected uint8, 0 to 255, (height, width) or "
            "(height, width, 1, 3 or 4)."
        )
    if shape[0] * shape[1] > MAX_PIXELS:
        raise DataError(f"{name} is {shape[1]}x{shape[0]} pixels; {LIMIT}.")
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if shape[2:] == (1,) else pixels))


def _orientation(image: Image.Image) -> int:
    if image.format == _TURNED:
        return 1
    image.load()  # a PNG's tags may follow its pixels
    if image.info.keys().isdisjoint(_EXIF):
        return 1
    # ImageOps.exif_transpose rewrites the other tags and fails on bad ones.
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  its tags are damaged; the picture need not be
        return 1
    return turn if isinstance(turn, int) else 1


def _flattened(image: Image.Image, longest: int | None) -> Image.Image:
    """Return the image in mode L or RGB, opaque, with at most `longest` pixels on its longer side."""
    grey = image.mode in ("1", "L", "LA") or image.mode.startswith(("I", "F"))
    image = _in_8_bits(image)
    factor = max(image.size) // longest if longest else 1
    if factor > 1:  # before any copy: this is cheapest, and it respects transparency
        image = image.reduce(factor)
    image = opaque(image, "L" if grey else "RGB")
    image.load()
    if longest and max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.BOX)
    return image


def _in_8_bits(image: Image.Image) -> Image.Image:
    """Return the image in a mode that can be reduced."""
    if image.mode.startswith(("I", "F")):
        return Image.fromarray(depth.of_file(image))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA") or (image.has_transparency_data and image.mode not in ("LA", "RGBA")):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def opaque(image: Image.Image, mode: str) -> Image.Image:
    """Return an image in mode L or RGB, laid over white or black where it is transparent: see `decode`."""
    if image.mode in ("LA", "RGBA"):
        image = image.convert("RGBA")
        pixels = np.asarray(image)
        opacity = pixels[..., 3].astype(np.float32)
        lowest = opacity.min()
        if lowest < 255:
            ink = ((255.0 - pixels[..., :3].min(2)) * opacity).sum()
            pale = lowest < 128 and opacity.any() and ink / opacity.sum() < _PALE
            over = Image.new("RGBA", image.size, "black" if pale else "white")
            over.alpha_composite(image)
            image = over
    return image if image.mode == mode else image.convert(mode)
