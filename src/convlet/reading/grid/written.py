"""Find what is written in the cells of a straightened grid."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.errors import DataError
from convlet.reading.boxes import Boxes, tall
from convlet.reading.grid.cells import Cells
from convlet.reading.ground import depth
from convlet.reading.groups import characters
from convlet.reading.layout import Layout, Sheet
from convlet.reading.lines import Known, without_lines
from convlet.reading.place import Box, Floats
from convlet.reading.rows import Rows
from convlet.reading.search import Found, ink_in

# All in cells.
_GROUND = 1.0  # the background is smooth over it: the thickest stroke is no background
_RIM = 0.06  # of the outermost lines one half is in the picture; it is no ink
_THICK = 0.14  # the thickest line
_REST = 0.12  # what is no thicker and lies along a line is the rest of one
_ALONG = 0.09  # from a line to the middle of its rest
_MARKS = 20  # characters in a cell
_ALL = 4  # times as many marks: pieces and specks
_LEAST = 0.1  # the longer side of a character
_SPECK = 0.45  # of the usual character's height: smaller ink alone in a cell is a speck


class Written(NamedTuple):
    """What is written in a grid.

    Attributes:
        layout: it, with a row for each cell that is not empty; in pixels of the straightened picture.
        places: which cell each of these rows is, (row, column).
    """

    layout: Layout
    places: tuple[tuple[int, int], ...]


def written(cells: Cells) -> Written | None:
    """Find what is written in a grid; None if all its cells are empty.

    Raises:
        DataError: there are more marks in it than characters fit.
    """
    usual = min(float(np.median(np.diff(cells.rows))), float(np.median(np.diff(cells.columns))))
    ground = max(9, round(_GROUND * usual))
    lines = Known(cells.rows.tolist(), cells.columns.tolist(), max(4, round(_THICK * usual)))
    channel = without_lines(_evened(cells, ground), lines)
    rim = max(2, round(_RIM * usual))
    channel[:rim] = channel[-rim:] = channel[:, :rim] = channel[:, -rim:] = 1.0
    found = ink_in(channel, whole_page=True, smooth=ground)
    if found is None:
        return None
    missing, parts, smooth = found
    most = _MARKS * (len(cells.rows) - 1) * (len(cells.columns) - 1)
    if len(parts.area) > _ALL * most:
        raise DataError(
            f"there are {len(parts.area):,} marks in the grid's cells. Expected characters, at most {most:,}: is this "
            "a texture, or a grid of more rows and columns?"
        )
    groups = characters(parts, next_to=False, most=_ALL * most)
    boxes = np.array([parts.around(group) for group in groups]).reshape(-1, 4)
    middles = np.array([_middle(parts.labels, group, box) for group, box in zip(groups, boxes, strict=True)])
    kept = [place for place, box in enumerate(boxes) if not _is_rest(box, cells, usual)]
    held: dict[tuple[int, int], list[int]] = {}
    for place in kept:
        x, y = middles[place]
        held.setdefault((_within(cells.rows, y), _within(cells.columns, x)), []).append(place)
    least = max(_LEAST * usual, _SPECK * tall(boxes[kept]))
    held = {cell: mine for cell, mine in sorted(held.items()) if _longest(boxes[mine]) > least}
    if not held:
        return None
    rows = [sorted(mine, key=lambda place: int(boxes[place, 0])) for mine in held.values()]
    usual_high = tall(boxes[[place for row in rows for place in row]])
    high = [max(usual_high, float((boxes[row, 3] - boxes[row, 1]).max())) for row in rows]
    sheet = Sheet(cells.picture, (0, 0), cells.size, 1.0)
    ink = Found(missing, parts, smooth, 1.0, Box(0, 0, *cells.picture.size), np.zeros(3, np.float32))
    return Written(Layout(sheet, ink, groups, boxes, Rows(rows, 0.0), high), tuple(held))


def _evened(cells: Cells, size: int) -> Floats:
    """Return the picture in one channel, 0 to 1, its background at 1: what is dark in any color is dark."""
    colors = np.asarray(cells.picture, np.float32).transpose(2, 0, 1) / 255
    missing = np.max([depth(np.ascontiguousarray(color), size).missing for color in colors], axis=0)
    evened: Floats = np.clip(1 - missing, 0, 1).astype(np.float32)
    return evened


def _middle(labels: NDArray[np.int32], group: NDArray[np.intp], box: NDArray[np.int64]) -> tuple[float, float]:
    """Return the middle of a group's pixels: a long tail leaves its cell, the most of it does not."""
    y, x = np.nonzero(np.isin(Box(*box.tolist()).cut(labels), group + 1))
    return float(np.median(x)) + float(box[0]), float(np.median(y)) + float(box[1])


def _within(lines: NDArray[np.int64], place: float) -> int:
    """Return between which two lines a place is."""
    return int(np.clip(np.searchsorted(lines, place, "right") - 1, 0, len(lines) - 2))


def _is_rest(box: NDArray[np.int64], cells: Cells, usual: float) -> bool:
    """Return whether ink is what is left of a line; `usual` is the shorter side of a cell."""
    left, top, right, bottom = box.tolist()
    level, upright = (top, bottom, right - left, cells.rows), (left, right, bottom - top, cells.columns)
    for start, end, across, lines in (level, upright):
        off = float(np.abs(lines - (start + end) / 2).min())
        if end - start < _REST * usual and across > end - start and off < _ALONG * usual:
            return True
    return False


def _longest(boxes: Boxes) -> float:
    """Return the longest side of some boxes."""
    return float((boxes[:, 2:] - boxes[:, :2]).max())
