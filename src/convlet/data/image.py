"""Image files opened safely: what a file is is told by its bytes, and its size is checked before it is decoded."""

import contextlib
import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from convlet.errors import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")  # no other of Pillow's readers is let near the file
MAX_PIXELS = 40_000_000
_GREY = frozenset({"1", "L", "LA"})


def is_image(name: str) -> bool:
    """Whether a file of this name should be an image."""
    stem, dot, suffix = name.rpartition(".")
    return bool(stem) and (dot + suffix).lower() in SUFFIXES


@contextlib.contextmanager
def open_image(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open one still image and hold its file open for the block; nothing is decoded before the block asks for pixels.

    Args:
        source: where the file lies, or the bytes in it.
        name: what errors call it.

    Raises:
        DataError: no file, no image, an animated one, or more than 40 million pixels; and, out of the block, a damaged file.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # of odd but readable files; what cannot be read is an exception
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(
                        f"{name} is {image.width}x{image.height} pixels; convlet reads up to {MAX_PIXELS // 10**6} million."
                    )
                frames: int = getattr(image, "n_frames", 1)
                if (
                    frames > 1 and image.format != "MPO"
                ):  # telephones add depth or brightness to a JPEG as a second picture
                    raise DataError(f"{name} has {frames} frames; expected one still image.")
                yield image
    except FileNotFoundError as error:
        raise DataError(f"there is no file {name}.") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder; expected an image file.") from error
    except UnidentifiedImageError as error:
        raise DataError(
            f"{name} is not an image that can be read ({_what(source)}). Expected PNG, JPEG, WebP, BMP, GIF or TIFF."
        ) from error
    except (
        Image.DecompressionBombWarning,
        Image.DecompressionBombError,
    ) as error:  # Pillow's own limits, met before ours is asked
        raise DataError(
            f"{name} has far more pixels than the {MAX_PIXELS // 10**6} million that convlet reads."
        ) from error
    # What Pillow raises on damaged files; TypeError for TIFF, struct.error and IndexError where a header ends early.
    except (OSError, SyntaxError, TypeError, ValueError, RuntimeError, IndexError, KeyError, struct.error) as error:
        raise DataError(f"{name} is damaged or cannot be read: {error}.") from error


def read_pixels(source: Path | bytes, name: str = "") -> NDArray[np.uint8]:
    """Decode an image file of a data set as it lies; transparency is laid over white.

    Args:
        source: where the file lies, or the bytes in it.
        name: what errors call it; the default is where it lies.

    Returns:
        uint8, (height, width, 1) for a grey image, (height, width, 3) for a coloured one.

    Raises:
        DataError: no file, no image, a damaged one, grey with more than 8 bits a pixel, animated, or more than 40 million pixels.
    """
    name = name or str(source)
    with open_image(source, name) as image:
        if image.mode.startswith(("I", "F")):
            raise DataError(f"{name} has more than 8 bits a pixel (mode {image.mode}); save it with 8.")
        grey = image.mode in _GREY
        if image.has_transparency_data:
            over = Image.new("RGBA", image.size, "white")
            over.alpha_composite(image.convert("RGBA"))
            pixels = np.asarray(over.convert("L" if grey else "RGB"))
        else:
            mode = "L" if grey else "RGB"
            pixels = np.asarray(image if image.mode == mode else image.convert(mode))
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def as_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """The same picture with 1 or 3 channels: grey by the ITU-R 601 weights, or grey repeated."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    return np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis]


def _what(source: Path | bytes) -> str:
    size = len(source) if isinstance(source, bytes) else source.stat().st_size
    return "it is empty" if size == 0 else f"{size:,} bytes of something else"
