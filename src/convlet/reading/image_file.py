"""Open image files safely: the bytes give the format, and the size is checked before anything is decoded."""

import contextlib
import functools
import io
import logging
import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from convlet.errors import ConvletError, DataError, MissingExtraError, MissingReaderError
from convlet.reading.contents import HEAD, what_is
from convlet.reading.jpeg import require_few_scans
from convlet.reading.png import may_lack_rows, require_all_rows
from convlet.system.extras import optional

SUFFIXES = frozenset(
    {
        *(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".avif"),
        *(".pgm", ".ppm", ".pbm", ".pnm"),
    }
)
_HEIF = frozenset({".heic", ".heif", ".hif"})  # suffixes of files that need the extra
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM", "AVIF")  # Pillow's other decoders never see the file
_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")  # of HEIF with HEVC, in the first box of a file
_PICTURES = ("MPO", "HEIF")  # their first picture is the one to read: phones add a depth map or similar
MAX_PIXELS = 80_000_000  # decoded whole: 320 MB
MAX_REDUCED = 200_000_000  # of a JPEG that is reduced while decoding, row by row
LIMIT = (
    f"convlet reads up to {MAX_PIXELS // 10**6} million pixels, or "
    f"{MAX_REDUCED // 10**6} million pixels for a non-progressive JPEG that is reduced while decoding"
)  # for errors
# What Pillow logs of a damaged file it raises as well; Python prints what no handler takes.
logging.getLogger("PIL").addHandler(logging.NullHandler())
_KINDS = {stat.S_IFIFO: "pipe", stat.S_IFCHR: "device", stat.S_IFBLK: "device", stat.S_IFSOCK: "socket"}


def is_image(name: str) -> bool:
    """Return whether a file of this name should be an image that can be read here."""
    stem, dot, suffix = name.rpartition(".")
    return bool(stem) and is_suffix(dot + suffix)


def is_suffix(suffix: str) -> bool:
    """Return whether files with this suffix, such as ".png", are images that can be read here."""
    return suffix.lower() in SUFFIXES or (suffix.lower() in _HEIF and reads_heif())


def is_heif(name: str) -> bool:
    """Return whether a file of this name should be HEIF, which phones write."""
    return name.lower().endswith(tuple(_HEIF))


def heif_advice() -> str:
    """Return how HEIF is read here."""
    from convlet.system.installing import told

    return f"HEIC files need: {told('heif')}"


@functools.cache
def reads_heif() -> bool:
    """Return whether Pillow can read HEIF; if the extra is installed, register it."""
    try:
        optional("pillow_heif", "heif").register_heif_opener()
    except MissingExtraError:
        return False
    return True


@contextlib.contextmanager
def open_image(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open one still image for the duration of the block. Nothing is decoded until the block asks for pixels.

    Args:
        source: the file's path, or its bytes.
        name: what errors call it.

    Raises:
        DataError: no regular file, not an image, an animation, more than 80 million pixels (200 million in a
            non-progressive JPEG) or a hundred scans; or, from the block, a damaged file.
    """
    try:
        if not isinstance(source, bytes):
            require_regular(source.stat().st_mode, name)
        with (
            warnings.catch_warnings(action="ignore"),  # about odd but readable files, and about large ones
            _opened(source, name) as image,
        ):
            if image.format in ("JPEG", "MPO"):
                require_few_scans(source if isinstance(source, bytes) else source.read_bytes(), name)
            _require_still(image, name)
            yield image
            if image.format == "PNG" and may_lack_rows(image):
                require_all_rows(source if isinstance(source, bytes) else source.read_bytes(), name)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {name}.") from error
    except IsADirectoryError as error:
        raise DataError(f"{name} is a folder; expected an image file.") from error
    except UnidentifiedImageError as error:
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        what = f"{size:,} bytes of {what_is(_head(source))}" if size else "it is empty"
        raise DataError(
            f"{name} is not an image convlet can read ({what}). Expected PNG, JPEG, WebP, AVIF, BMP, GIF or TIFF."
        ) from error
    except Image.DecompressionBombError as error:
        raise DataError(f"{name} has too many pixels; {LIMIT}.") from error
    except ConvletError:
        raise
    except Exception as error:  # damaged files make Pillow raise anything, AssertionError and MemoryError too
        raise damaged(name, error) from error


def _require_still(image: Image.Image, name: str) -> None:
    """Refuse an open file of too many pixels, or of several pictures."""
    by_rows = image.format in ("JPEG", "MPO") and "progressive" not in image.info
    if image.width * image.height > (MAX_REDUCED if by_rows else MAX_PIXELS):
        raise DataError(f"{name} is {image.width}x{image.height} pixels; {LIMIT}.")
    frames: int = getattr(image, "n_frames", 1)
    if frames > 1 and image.format not in _PICTURES:
        raise DataError(f"{name} has {frames} frames; expected one still image. Save one of them as a file.")


def damaged(name: str, error: Exception) -> DataError:
    """Return the error for a file that a decoder could not read."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return DataError(f"{name} is damaged or cannot be read: {why}.")


def require_regular(mode: int, name: str) -> None:
    """Refuse what may never end: pipes, devices, sockets.

    Args:
        mode: see `os.stat_result.st_mode`.
        name: what errors call it.

    Raises:
        DataError: it is such a thing.
    """
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise DataError(f"{name} is not a regular file, but a {_KINDS.get(stat.S_IFMT(mode), 'special file')}.")


@contextlib.contextmanager
def _opened(source: Path | bytes, name: str) -> Iterator[Image.Image]:
    """Open a file with the decoder that its bytes call for."""
    with contextlib.ExitStack() as stack:
        try:
            image = Image.open(_file(source), formats=_FORMATS)
        except Image.DecompressionBombError:  # Pillow's own limit, lower than ours for a JPEG
            file: IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else source.open("rb")
            stack.enter_context(file)
            if file.read(2) != b"\xff\xd8":
                raise
            file.seek(0)
            image = JpegImagePlugin.jpeg_factory(file, name)
        except (UnidentifiedImageError, ValueError):
            if not _holds_heif(source):
                raise
            if not reads_heif():
                raise MissingReaderError(f"{name} is a HEIC file. {heif_advice()}") from None
            image = Image.open(_file(source), formats=("HEIF",))
        yield stack.enter_context(image)


def _file(source: Path | bytes) -> Path | io.BytesIO:
    return io.BytesIO(source) if isinstance(source, bytes) else source


def _head(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source[:HEAD]
    with source.open("rb") as file:
        return file.read(HEAD)


def _holds_heif(source: Path | bytes) -> bool:
    """Return whether a file's first box says that it is HEIF with HEVC."""
    head = _head(source)[:64]
    box = head[8 : int.from_bytes(head[:4], "big")]
    return head[4:8] == b"ftyp" and any(brand in box for brand in _BRANDS)
