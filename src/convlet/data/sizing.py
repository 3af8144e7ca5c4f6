"""Choose the size of a data set's pictures, and for ink the form of the training images."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np

from convlet.data.files import MAY_LACK
from convlet.errors import UsageError
from convlet.signature import FITS, Form

ImageSize: TypeAlias = "int | str | tuple[int, int] | None"

INK = Form(kind="ink")  # MNIST's form, used to train most models of ink
INK_SIZE = (28, 28)
_LEAST, _MOST = 28, 64  # pixels a side of a chosen square; the longer side of a rectangle may have 128
_LONGEST = 128
_STEP = 4  # chosen sides are multiples of this: convolutions halve them
_SQUARE = 1.25  # a set counts as oblong if its median image is
LARGEST = 1024


@dataclass(frozen=True)
class Wanted:
    """What a user asks for.

    Attributes:
        size: (height, width); "auto" to choose one if the images are large or of several sizes; None to choose one
            only if they are of several.
        form: how an image is resized.
        kind: "auto", "ink" or "picture": whether a chosen size may be that of ink.
        channels: 1 or 3; None for the images' own.
        may_lack: the fraction of the images of a split that may be missing or unreadable.
        heed: whether decisions about labels are heeded.
    """

    size: "tuple[int, int] | str | None" = None
    form: Form = field(default_factory=Form)
    kind: str = "auto"
    channels: int | None = None
    may_lack: float = MAY_LACK
    heed: bool = True

    @classmethod
    def of(cls, image_size: ImageSize = None, fit: str = "pad", kind: str = "auto") -> "Wanted":
        """Check the arguments of `convlet.load`.

        Raises:
            UsageError: no such size, fit or kind.
        """
        if fit not in FITS:
            raise UsageError(f"fit={fit!r} is unknown; expected one of {', '.join(FITS)}.")
        if kind not in ("auto", "ink", "picture"):
            raise UsageError(f"kind={kind!r} is unknown; expected auto, ink or picture.")
        return cls(parse_size(image_size), INK if kind == "ink" else Form(fit=fit), kind)


def parse_size(given: ImageSize) -> "tuple[int, int] | str | None":
    """Return (height, width) of 64, "64", "96x64" (width x height) or (64, 96); "auto" and None stay.

    Raises:
        UsageError: anything else, or a side that is not from 4 to 1024 pixels.
    """
    if given is None or given == "auto":
        return given
    sides: Sequence[int] = ()
    if isinstance(given, str) and (found := re.fullmatch(r"\s*(\d+)\s*(?:[xX]\s*(\d+)\s*)?", given)):
        sides = (int(found[2] or found[1]), int(found[1]))
    elif isinstance(given, int) and not isinstance(given, bool):
        sides = (given, given)
    elif isinstance(given, (tuple, list)) and len(given) == 2 and all(type(side) is int for side in given):
        sides = given
    if not sides or not all(4 <= side <= LARGEST for side in sides):
        raise UsageError(
            f"image_size={given!r} is not a size. Expected auto, the pixels of a side (4 to {LARGEST}) such as 64, or "
            "WIDTHxHEIGHT such as 96x64."
        )
    return sides[0], sides[1]


def choose_size(sizes: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], str]:
    """Choose a size for pictures of the given (height, width).

    Returns:
        (height, width), and the reason in words. Pictures of one size of at most 64x64 pixels keep it. Else the area,
        at most 64x64, and the shape are those of the median picture; sides have 28 to 128 pixels.
    """
    found = np.asarray(sizes, np.float64)
    heights, widths = found[:, 0], found[:, 1]
    low, high = found[np.argmin(heights * widths)], found[np.argmax(heights * widths)]
    (height, width), one = found[0], bool((found == found[0]).all())
    if one and max(height, width) <= _MOST:
        return (int(height), int(width)), "their own size"
    side = float(np.clip(np.sqrt(np.median(heights * widths)), _LEAST, _MOST))
    aspect = float(np.exp(np.median(np.log(widths / heights))))
    if 1 / _SQUARE < aspect < _SQUARE:
        aspect = 1.0
    chosen = tuple(
        int(np.clip(round(length / _STEP) * _STEP, _LEAST, _LONGEST))
        for length in (side / np.sqrt(aspect), side * np.sqrt(aspect))
    )
    those = (
        f"all have {width:.0f}x{height:.0f} pixels"
        if one
        else f"they have {low[1]:.0f}x{low[0]:.0f} to {high[1]:.0f}x{high[0]:.0f} pixels"
    )
    return (chosen[0], chosen[1]), those


def about_size(why: str) -> dict[str, str]:
    """Return for `Dataset.about` why a size was chosen; nothing without a reason."""
    return {"size": f"chosen as {why}"} if why else {}
