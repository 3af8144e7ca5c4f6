"""Tell symbols from digits by their shape: bars, dots, crosses. They are no class of a model of digits."""

from collections.abc import Sequence

import numpy as np

from convlet.prediction.pages.part import Part
from convlet.reading.filters.turning import turned_by_45
from convlet.reading.place import EDGE, Floats, Mask, ink_box

SYMBOLS = ("-", "=", "+", "x", "÷", ".", ",")

# All in heights of the row's characters.
_DOT = 0.3  # the longer side of a dot or comma
_TINY = 0.2  # and of a full stop; a comma is longer
_LOW = 0.2  # below the middle of the row: where a dot or comma stands
_BAR = 0.32  # the height of a minus
_WIDE = 2.0  # times its height: the width of a bar
_MIDDLE = 0.35  # from the middle of the row: where a minus stands
_SPAN = 0.8  # of its box: how far the bars of a cross reach
_FILLED = 0.12  # of each quarter: the most ink beside the bars of a cross
_REST = 0.3  # of a character's height: a cross is no smaller


def sign_of(part: Part, high: float, below: float, class_names: Sequence[str]) -> str:
    """Return which symbol a part of a page is; none that is a class of the model. For the rest see `symbol`."""
    found = symbol(part.ink, high, below)
    return "" if found in class_names else found


def symbol(ink: Floats, high: float, below: float) -> str:
    """Return which of `SYMBOLS` some ink shows, or an empty string.

    Args:
        ink: its strokes alone, (height, width), 0 to 1.
        high: the height of the row's characters in its pixels.
        below: how far its middle is below the middle of the row, in the same pixels.
    """
    over = ink > EDGE
    box = ink_box(over)
    if box is None:
        return ""
    mask = box.cut(over)
    if box.longer < _DOT * high:
        comma = below > _LOW * high and box.height > max(_TINY * high, 1.2 * box.width)
        return "," if comma else "."
    bars = _bars(mask)
    if len(bars) > 1:
        return _of_bars(bars) if box.height < 0.9 * high else ""
    if box.width > _WIDE * box.height:
        return "-" if box.height < _BAR * high and abs(below) < _MIDDLE * high else ""
    if not _REST * high < box.longer or box.height > 1.1 * high:
        return ""
    return "+" if _is_cross(mask) else "x" if _is_cross(_turned(mask)) else ""


def _of_bars(bars: list[Mask]) -> str:
    """Return the symbol of parts above each other."""
    if len(bars) == 2 and all(_is_bar(bar) for bar in bars):
        return "="
    dots = len(bars) == 3 and all(_is_dot(bars[place], bars[1].shape[1]) for place in (0, 2))
    return "÷" if dots and _is_bar(bars[1]) else ""


def _bars(mask: Mask) -> list[Mask]:
    """Return parts of the ink that empty rows separate, each cut to its box."""
    filled = mask.any(axis=1)
    edges = np.flatnonzero(np.diff(np.pad(filled, 1).astype(np.int8)))
    bars = []
    for top, bottom in edges.reshape(-1, 2):
        part = mask[top:bottom]
        columns = np.flatnonzero(part.any(axis=0))
        bars.append(part[:, columns[0] : columns[-1] + 1])
    return bars


def _is_bar(bar: Mask) -> bool:
    height, width = bar.shape
    return bool(width > _WIDE * height)


def _is_dot(part: Mask, width: int) -> bool:
    return bool(max(part.shape) < 0.45 * width)


def _is_cross(mask: Mask) -> bool:
    """Return whether a level and an upright bar cross in the middle, with nothing beside them."""
    height, width = mask.shape
    if not 0.5 < width / height < 2:
        return False
    pen = max(2.0, 0.5 * float(mask.sum()) / (height + width))
    row, column = int(_widest(mask)), int(_widest(mask.T))
    if not (0.25 * height < row < 0.75 * height and 0.25 * width < column < 0.75 * width):
        return False
    reach = round(1.3 * pen) + 1
    quarters = [
        part
        for rows in (mask[: max(0, row - reach)], mask[row + reach :])
        for part in (rows[:, : max(0, column - reach)], rows[:, column + reach :])
    ]
    if any(part.size == 0 or part.mean() > _FILLED for part in quarters):
        return False
    level = mask[max(0, row - reach) : row + reach].any(axis=0).mean()
    upright = mask[:, max(0, column - reach) : column + reach].any(axis=1).mean()
    return bool(min(level, upright) > _SPAN)


def _widest(mask: Mask) -> float:
    """Return the row in whose surroundings most ink is."""
    sums = np.convolve(mask.sum(axis=1), np.ones(3), mode="same")
    return float(np.median(np.flatnonzero(sums == sums.max())))


def _turned(mask: Mask) -> Mask:
    """Return the ink turned by 45 degrees, cut to its box."""
    turned = turned_by_45(np.pad(mask, 2)) > EDGE
    box = ink_box(turned)
    return turned if box is None else box.cut(turned)
