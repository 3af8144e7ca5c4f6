"""From a file, bytes or an array to the picture as a person sees it: the right way up, in 8 bits of red, green and blue."""

import struct
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data.image import MAX_PIXELS, open_image
from convlet.errors import DataError
from convlet.system.files import user_path

Source: TypeAlias = str | Path | bytes | NDArray[np.uint8]

_ORIENTATION = 0x0112  # EXIF's tag: how the camera was held
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = (5, 6, 7, 8)
_PALE = 80  # of 255: ink whose darkest channel is within this of white would vanish on white


def upright(source: Source) -> Image.Image:
    """The picture as a person sees it: turned as EXIF says, transparency over white, or over black where the visible part is white.

    Args:
        source: the path of an image file, the bytes of one, or pixels, uint8 (height, width) or (height, width, 1, 3 or 4 channels).

    Returns:
        A Pillow image of mode RGB in the picture's own size.

    Raises:
        DataError: no image, a damaged or animated one, more than 40 million pixels, or an array of another type or shape.
    """
    return decode(source)[0]


def decode(source: Source, longest: int | None = None) -> tuple[Image.Image, tuple[int, int]]:
    """Like `upright`, made smaller while it is decoded until its longer side has at most `longest` pixels.

    Returns:
        The picture, and the width and height it has in full. A photograph of 12 million pixels is never in memory whole.

    Raises:
        DataError: see `upright`.
    """
    if isinstance(source, np.ndarray):
        image = _from_array(source)
        return _small(_opaque(_reduced(image, longest)), longest), image.size
    where, name = (source, "the image") if isinstance(source, bytes) else (user_path(source), str(source))
    with open_image(where, name) as image:
        width, height = image.size
        if longest and max(width, height) > longest:
            image.draft(
                None, (max(1, width * longest // max(width, height)), max(1, height * longest // max(width, height)))
            )
        turn = _orientation(image)
        picture = _small(_opaque(_reduced(_in_8_bits(image), longest)), longest)
        if turn in _TURNS:
            picture = picture.transpose(_TURNS[turn])
        return picture, (height, width) if turn in _SIDEWAYS else (width, height)


def _from_array(pixels: NDArray[np.uint8]) -> Image.Image:
    shape = pixels.shape
    if (
        pixels.dtype != np.uint8
        or pixels.ndim not in (2, 3)
        or 0 in shape
        or (pixels.ndim == 3 and shape[2] not in (1, 3, 4))
    ):
        raise DataError(
            f"the image is an array of {pixels.dtype}, shape {shape}; expected uint8, 0 to 255, (height, width) or (height, width, 1, 3 or 4)."
        )
    if shape[0] * shape[1] > MAX_PIXELS:
        raise DataError(
            f"the image is {shape[1]}x{shape[0]} pixels; convlet reads up to {MAX_PIXELS // 10**6} million."
        )
    return Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.ndim == 3 and shape[2] == 1 else pixels))


def _orientation(image: Image.Image) -> int:
    # Not ImageOps.exif_transpose: it writes the other tags anew, and fails on those that a camera wrote wrongly.
    try:
        turn = image.getexif().get(_ORIENTATION, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, struct.error):
        return 1
    return turn if isinstance(turn, int) else 1


def _in_8_bits(image: Image.Image) -> Image.Image:
    """The same picture in a mode that can be made smaller: L, LA, RGB, RGBA or another of 8 bits a channel."""
    if image.mode.startswith(("I", "F")):
        values = np.asarray(image).astype(np.float32)
        top = float(values.max())
        # A file of "16 bits" may hold 8 or 12: what a sensor gave.
        white = next(
            (limit for limit in (1, 255, 4095, 65535) if top <= limit and (limit > 1 or image.mode == "F")), top
        )
        return Image.fromarray((np.clip(values, 0, None) * (255 / white)).round().astype(np.uint8))
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("P", "PA") or (image.has_transparency_data and image.mode not in ("LA", "RGBA")):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    return image


def _reduced(image: Image.Image, longest: int | None) -> Image.Image:
    """By a whole factor, before anything is copied: the cheapest way down, and one that minds transparency."""
    factor = max(image.size) // longest if longest else 1
    return image.reduce(factor) if factor > 1 else image


def _opaque(image: Image.Image) -> Image.Image:
    if image.mode not in ("LA", "RGBA"):
        return image.convert("RGB")
    image = image.convert("RGBA")
    pixels = np.asarray(image)
    lowest, highest = int(pixels[..., 3].min()), int(pixels[..., 3].max())
    if lowest == 255:
        return image.convert("RGB")
    opacity = pixels[..., 3].astype(np.float32)
    pale = (
        highest > 0
        and lowest < 128
        and float(((255.0 - pixels[..., :3].min(2)) * opacity).sum() / opacity.sum()) < _PALE
    )
    over = Image.new("RGBA", image.size, "black" if pale else "white")
    over.alpha_composite(image)
    return over.convert("RGB")


def _small(image: Image.Image, longest: int | None) -> Image.Image:
    if longest and max(image.size) > longest:
        image.thumbnail((longest, longest), Image.Resampling.BOX)
    return image
