"""Image files opened safely: the bytes tell the format, and the size is checked before anything is decoded."""

import contextlib
import io
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from convlet.errors import DataError

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".pgm", ".ppm"})
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")  # Pillow's other decoders never see the file
MAX_PIXELS = 40_000_000
LIMIT = f"convlet reads up to {MAX_PIXELS // 10**6} million"  # for errors


def is_image(name: str) -> bool:
    """Return whether a file of this name should be an image."""
    stem, dot, suffix = name.rpartition(".")
    return bool(stem) and (dot + suffix).lower() in SUFFIXES


@contextlib.contextmanager
def open_image(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open one still image for the length of the block. Nothing is decoded until the block asks for pixels.

    Args:
        source: the file's path, or its bytes.
        name: what errors call it.

    Raises:
        DataError: no file, not an image, an animation, more than 40 million pixels, or, from the block, a damaged file.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # about odd but readable files
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(source) if isinstance(source, bytes) else source, formats=_FORMATS) as image:
                if image.width * image.height > MAX_PIXELS:
                    raise DataError(f"{name} is {image.width}x{image.height} pixels; {LIMIT}.")
                frames: int = getattr(image, "n_frames", 1)
                if frames > 1 and image.format != "MPO":  # phones add a depth map to a JPEG as a second picture
                    raise DataError(f"{name} has {frames} frames; expected one still image.")
                yield image
    except FileNotFoundError as error:
        raise DataError(f"there is no file {name}.") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder; expected an image file.") from error
    except UnidentifiedImageError as error:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        what = f"{size:,} bytes of something else" if size else "it is empty"
        raise DataError(
            f"{name} is not an image that can be read ({what}). Expected PNG, JPEG, WebP, BMP, GIF or TIFF."
        ) from error
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise DataError(f"{name} has too many pixels; {LIMIT}.") from error
    # What Pillow raises on damaged files; TypeError for TIFF, struct.error and IndexError where a header ends early.
    except (OSError, SyntaxError, TypeError, ValueError, RuntimeError, IndexError, KeyError, struct.error) as error:
        raise DataError(f"{name} is damaged or cannot be read: {error}.") from error
