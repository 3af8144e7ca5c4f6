"""One image file to pixels, safely: what it is is told by its bytes, and its size is checked before it is decoded."""

import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from convlet.errors import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")  # no other of Pillow's readers is let near the file
MAX_PIXELS = 40_000_000
_GREY = frozenset({"1", "L", "LA"})


def read_pixels(path: Path) -> NDArray[np.uint8]:
    """Decode an image file; transparency is laid over white.

    Returns:
        uint8, (height, width, 1) for a grey image, (height, width, 3) for a coloured one.

    Raises:
        DataError: no file, no image, a damaged one, grey with more than 8 bits a pixel, animated, or more than 40 million pixels.
    """
    try:
        with warnings.catch_warnings(action="error", category=Image.DecompressionBombWarning), Image.open(path, formats=_FORMATS) as image:
            if image.width * image.height > MAX_PIXELS:
                raise DataError(f"{path} is {image.width}x{image.height} pixels; convlet reads up to {MAX_PIXELS // 10**6} million.")
            frames: int = getattr(image, "n_frames", 1)
            if frames > 1:
                raise DataError(f"{path} has {frames} frames; expected one still image.")
            if image.mode.startswith(("I", "F")):
                raise DataError(f"{path} has more than 8 bits a pixel (mode {image.mode}); save it with 8.")
            grey = image.mode in _GREY
            if image.has_transparency_data:
                over = Image.new("RGBA", image.size, "white")
                over.alpha_composite(image.convert("RGBA"))
                pixels = np.asarray(over.convert("L" if grey else "RGB"))
            else:
                pixels = np.asarray(image.convert("L" if grey else "RGB"))
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}.") from error
    except IsADirectoryError as error:
        raise DataError(f"{path} is a folder; expected an image file.") from error
    except UnidentifiedImageError as error:
        raise DataError(f"{path} is not an image that can be read ({_what(path)}). Expected PNG, JPEG, WebP, BMP, GIF or TIFF.") from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:  # Pillow's own limits, met before ours is asked
        raise DataError(f"{path} has far more pixels than the {MAX_PIXELS // 10**6} million that convlet reads.") from error
    except (OSError, SyntaxError, TypeError, ValueError, RuntimeError) as error:  # what Pillow raises on damaged files, TypeError for TIFF
        raise DataError(f"{path} is damaged or cannot be read: {error}.") from error
    return pixels[..., np.newaxis] if pixels.ndim == 2 else pixels


def as_channels(pixels: NDArray[np.uint8], channels: int) -> NDArray[np.uint8]:
    """The same picture with 1 or 3 channels: grey by the ITU-R 601 weights, or grey repeated."""
    if pixels.shape[-1] == channels:
        return pixels
    if channels == 3:
        return np.repeat(pixels, 3, axis=-1)
    return np.asarray(Image.fromarray(pixels).convert("L"))[..., np.newaxis]


def _what(path: Path) -> str:
    size = path.stat().st_size
    return "it is empty" if size == 0 else f"{size:,} bytes of something else"
