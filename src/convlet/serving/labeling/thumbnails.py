"""Show an image file small, decoded as training and prediction decode it."""

import io
from pathlib import Path

from convlet.errors import ConvletError
from convlet.reading.decode import decode
from convlet.serving.refusal import RefusedError

_SIDE = 224  # pixels of the longer side
_EXACT = 96  # pixels; larger ones are JPEG, a tenth of the size


def thumbnail(file: Path) -> tuple[str, bytes]:
    """Return an image's media type and bytes.

    Raises:
        RefusedError: 422, it cannot be read.
    """
    try:
        picture = decode(str(file), _SIDE, str(file))[0]
    except ConvletError as error:
        raise RefusedError(422, "not_an_image", str(error)) from error
    if picture.mode not in ("L", "RGB"):
        picture = picture.convert("RGB")
    if max(picture.size) > _SIDE:
        picture.thumbnail((_SIDE, _SIDE))
    written = io.BytesIO()
    if max(picture.size) > _EXACT:
        picture.save(written, "jpeg", quality=88)
        return "image/jpeg", written.getvalue()
    picture.save(written, "png")
    return "image/png", written.getvalue()
