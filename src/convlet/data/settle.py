"""Choose the size and form of a data set's images, from their headers and a look at some of them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Encoded, Like, Place, decode_here, name_of, size_at
from convlet.data.form import looks_like_ink, measured_form
from convlet.data.sizing import INK, INK_SIZE, LARGEST, Wanted, choose_size
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.reading import read_image
from convlet.reading.arrays import Pixels
from convlet.reading.fitting import as_channels
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
    first, name = _first(encoded)
    if isinstance(wanted.size, tuple):
        return Like(name, *wanted.size, wanted.form)
    places = encoded.places(spread(len(encoded), _SIZES_OF))

    def sizes() -> list[tuple[int, int]]:
        return [size for place in places if (size := _size(place))]

    chosen = chosen_for(first, wanted, sizes, lambda: _shown(places), mixed=mixed)
    return Like(name, *chosen.size, chosen.form, chosen.why)


class Chosen(NamedTuple):
    """What images are brought to, and why: (height, width), and how; without a form they stay as they are."""

    size: tuple[int, int]
    form: Form | None = None
    why: str = ""


def chosen_for(
    first: tuple[int, int],
    wanted: Wanted,
    sizes: Callable[[], Sequence[tuple[int, int]]],
    look: Callable[[], Sequence[Pixels]],
    *,
    mixed: bool = False,
) -> Chosen:
    """Choose what images are brought to, where the user gave no size.

    Args:
        first: (height, width) of the first, and of all unless they are mixed.
        wanted: by the user.
        sizes: returns those of some images.
        look: returns some images, small.
        mixed: they are of several sizes.
    """
    keep = not mixed and max(first) <= (LARGEST if wanted.size is None else LARGE)
    if keep and (wanted.size is None or max(first) <= max(INK_SIZE)):
        return Chosen(first)
    if wanted.kind != "picture":
        shown = look()
        if (wanted.kind == "ink" or looks_like_ink(shown)) and not (keep and _are_placed_alike(shown)):
            return Chosen(INK_SIZE, INK, "they are drawings or characters")
    if keep:
        return Chosen(first)
    size, why = choose_size(sizes())
    return Chosen(size, wanted.form, why)


def shown_of(split: Split) -> list[Pixels]:
    """Return some images of one size, small."""
    height, width, channels = split.image_shape
    shape = (*_small(height, width), channels)
    rows = spread(len(split), _LOOK_AT).tolist()
    return [read_image(split.images[row : row + 1][0], shape, Form(fit="stretch")) for row in rows]


def _are_placed_alike(shown: Sequence[Pixels]) -> bool:
    """Return whether drawings need not be cut out, as they have one size and place; or are of several, to be told."""
    if len({image.shape[:2] for image in shown}) != 1:
        return True
    channels = max(image.shape[-1] for image in shown)
    images = np.stack([as_channels(image, channels) for image in shown])
    return measured_form(Split(images, np.zeros(len(images), np.int64)))[0].kind == "ink"


def spread(count: int, most: int) -> NDArray[np.int64]:
    """Return up to `most` of `count` rows, in order and evenly apart."""
    return np.linspace(0, count - 1, min(count, most)).round().astype(np.int64)


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


def _shown(places: list[Place]) -> list[Pixels]:
    """Return some images, decoded small."""
    step = max(1, len(places) // _LOOK_AT)
    shown = []
    for place in places[::step][:_LOOK_AT]:
        try:
            like = Like("", *_small(*size_at(place)), Form(fit="stretch"))
            shown.append(decode_here([place], like)[0])
        except DataError:
            continue
    return shown


def _small(height: int, width: int) -> tuple[int, int]:
    scale = min(1.0, _LOOK_SIDE / max(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
