"""Find where the lines of a grid cross: followed in the grid brought to a rectangle, which makes them nearly level."""

import itertools

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.reading.filters.extremes import spread
from convlet.reading.grid.across import Line, lines_across
from convlet.reading.grid.frame import Points, onto, through
from convlet.reading.place import Mask

_CELL = 36  # pixels of a straightened cell's height or width at least, for following lines
_LONGEST = 1200  # pixels of a side, for the same
_SIDE = 0.6  # of a cell's side is seen, of nearly each
_SIDES = 0.93  # of the sides
_FILLED = 0.7  # of the cells have ink in the very middle: a texture and no grid
_AROUND = 0.5  # of a cell: what is straightened around the grid, as its edges may be bent


def nodes_in(dark: Mask, corners: Points, rows: int, columns: int) -> tuple[Points | None, tuple[int, int]]:
    """Return where the lines of a grid cross, or None if there is no such grid; and how many lines there are each way.

    Args:
        dark: which pixels are darker than their background, (height, width).
        corners: of the grid, see `frames_in`.
        rows: how many are expected.
        columns: the same.

    Returns:
        Pixels of `dark`, float64 (rows + 1, columns + 1, 2), x and y; and the lines found across and down.
    """
    top, right, bottom, left = (float(np.hypot(*(corners - np.roll(corners, -1, axis=0))[side])) for side in range(4))
    wide, high = (top + bottom) / 2 / columns, (left + right) / 2 / rows
    times = min(max(_CELL / min(wide, high), 0.3), _LONGEST / max(wide * columns, high * rows))
    cell = max(4.0, wide * times), max(4.0, high * times)
    room = round(_AROUND * cell[0]), round(_AROUND * cell[1])
    width, height = round(cell[0] * columns), round(cell[1] * rows)
    numbers = onto(corners, width, height)
    # The same perspective for a picture with room around the grid.
    a, b, c, d, e, f, g, h = numbers
    shift = 1 - g * room[0] - h * room[1]
    moved = np.array([a, b, c - a * room[0] - b * room[1], d, e, f - d * room[0] - e * room[1], g, h]) / shift
    level = np.asarray(
        Image.fromarray(dark.astype(np.uint8) * 255).transform(
            (width + 2 * room[0], height + 2 * room[1]),
            Image.Transform.PERSPECTIVE,
            moved.tolist(),
            Image.Resampling.BILINEAR,
        )
    )
    flat = level > 100
    across = lines_across(flat, rows + 1, cell, round(1.2 * room[0]))
    down = lines_across(flat.T, columns + 1, cell[::-1], round(1.2 * room[1]))
    found = len(across), len(down)
    if found != (rows + 1, columns + 1):
        return None, found
    crossing = np.array([[_crossing(one, other) for other in down] for one in across])
    if (np.diff(crossing[..., 0], axis=1) <= 1).any() or (np.diff(crossing[..., 1], axis=0) <= 1).any():
        return None, (0, 0)
    if not (_are_whole(flat, across, crossing[..., 0]) and _are_whole(flat.T, down, crossing[..., 1].T)):
        return None, (0, 0)
    if flat[tuple(_middles(crossing).round().astype(int).T)].mean() > _FILLED:
        return None, (0, 0)
    return through(moved, crossing), found


def _are_whole(dark: Mask, lines: list[Line], ends: NDArray[np.float64]) -> bool:
    """Return whether each line is seen at the side of nearly every cell; `ends` are the crossings' x on each."""
    around = spread(dark, 3, 1)
    seen = []
    for line, places in zip(lines, ends.round().astype(int), strict=True):
        for start, end in itertools.pairwise(places.tolist()):
            x = np.clip(np.arange(start, end), 0, dark.shape[1] - 1)
            seen.append(around[np.clip(line.y[x].round().astype(int), 0, len(dark) - 1), x].mean() > _SIDE)
    return float(np.mean(seen)) > _SIDES


def _middles(crossing: Points) -> Points:
    """Return the middle of each cell, (n, 2): y and x."""
    middles: Points = (crossing[:-1, :-1] + crossing[:-1, 1:] + crossing[1:, :-1] + crossing[1:, 1:]) / 4
    return middles.reshape(-1, 2)[:, ::-1]


def _crossing(across: Line, down: Line) -> tuple[float, float]:
    """Return where two lines cross, x and y in pixels."""
    y = float(np.median(across.y))
    for _ in range(4):
        x = float(np.interp(y, np.arange(len(down.y)), down.y))
        y = float(np.interp(x, np.arange(len(across.y)), across.y))
    return x, y
