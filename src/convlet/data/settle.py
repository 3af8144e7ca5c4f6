"""Choose the size and form of a data set's images, from their headers and a look at some of them."""

import numpy as np

from convlet.data.decoder import Encoded, Like, Place, decode_here, name_of, size_at
from convlet.data.form import looks_like_ink
from convlet.data.sizing import INK, INK_SIZE, LARGEST, Wanted, choose_size
from convlet.errors import DataError
from convlet.signature import Form

LARGE = 64  # pixels of a longer side above which "auto" looks at the other images too
_SIZES_OF = 2_000  # images
_LOOK_AT = 60  # images
_LOOK_SIDE = 256  # pixels of the longer side
_DECODED = 1 << 24  # pixels of an image that is fully decoded to get its size


def settle(encoded: Encoded, wanted: Wanted, *, mixed: bool = False) -> Like:
    """Return the size and form of the images, and the reason if they are chosen.

    Args:
        encoded: where they are.
        wanted: what the user asks for.
        mixed: whether they are known to have several sizes.

    Raises:
        DataError: no image can be read.
    """
    (height, width), name = _first(encoded)
    if isinstance(wanted.size, tuple):
        return Like(name, *wanted.size, wanted.form)
    if not mixed and max(height, width) <= (LARGEST if wanted.size is None else LARGE):
        return Like(name, height, width)
    places = encoded.places(np.linspace(0, len(encoded) - 1, min(len(encoded), _SIZES_OF)).round().astype(np.int64))
    sizes = [size for place in places if (size := _size(place))]
    if wanted.kind != "picture" and (wanted.kind == "ink" or _shows_ink(places)):
        return Like(name, *INK_SIZE, INK, "they are drawings or characters")
    (height, width), why = choose_size(sizes)
    return Like(name, height, width, wanted.form, why)


def _first(encoded: Encoded) -> tuple[tuple[int, int], str]:
    """Return the size and the name of the first image that can be read."""
    error: DataError | None = None
    for row in range(min(len(encoded), 20)):
        place = encoded.places(np.array([row]))
        try:
            height, width = size_at(place[0])
            if height * width <= _DECODED:  # some formats store their orientation late
                height, width = decode_here(place).shape[1:3]
            return (height, width), name_of(place[0])
        except DataError as one:
            error = error or one
    raise error or DataError("there are no images.")


def _size(place: Place) -> tuple[int, int] | None:
    try:
        return size_at(place)
    except DataError:
        return None


def _shows_ink(places: list[Place]) -> bool:
    """Look at some images, decoded small."""
    step = max(1, len(places) // _LOOK_AT)
    shown = []
    for place in places[::step][:_LOOK_AT]:
        try:
            height, width = size_at(place)
            scale = min(1.0, _LOOK_SIDE / max(height, width))
            like = Like("", max(1, round(height * scale)), max(1, round(width * scale)), Form(fit="stretch"))
            shown.append(decode_here([place], like)[0])
        except DataError:
            continue
    return looks_like_ink(shown)
