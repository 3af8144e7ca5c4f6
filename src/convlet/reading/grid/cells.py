"""Straighten the grid in a picture: each cell becomes a rectangle, whatever bent, slanted or turned the paper."""

import itertools
import os
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from convlet.errors import NoGridError, UsageError
from convlet.reading.decode import Source, decode, in_colour
from convlet.reading.filters.means import bell
from convlet.reading.grid.frame import Points, frames_in
from convlet.reading.grid.nodes import nodes_in
from convlet.reading.ground import depth, ink_colours
from convlet.reading.place import Floats, Mask

_DETAIL = 2400  # pixels of the longer side of the picture that cells are cut from
_SEARCH = 1200  # of the copy in which lines are searched
_GROUND = 0.02  # of its shorter side: broader than a line, narrower than a cell
_DARK = (4.0, 0.05)  # times the noise, and of the background's light: a line is darker
_TALL = (40, 128)  # pixels of a cell, as it is read
_WIDEST = 3000  # pixels of a side, as it is read
MOST = 60  # rows or columns
_LEAST = 2  # cells
_TELLING = 2  # more lines each way form a grid


@dataclass(frozen=True)
class Cells:
    """A straightened grid.

    Attributes:
        picture: its cells side by side, mode RGB, ink dark.
        rows: where the rows begin and end in it, int64 (rows + 1,).
        columns: the same of the columns.
        nodes: where the lines cross in the upright original, float64 (rows + 1, columns + 1, 2).
        size: (width, height) of the upright original.
    """

    picture: Image.Image
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    nodes: Points
    size: tuple[int, int]

    def on_picture(self, box: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """Return the box around a box of the straightened picture, in pixels of the upright original."""
        left, top, right, bottom = box
        corners = np.array([self._original(x, y) for x in (left, right) for y in (top, bottom)])
        around = np.concatenate([corners.min(axis=0), corners.max(axis=0)]).round()
        start_x, start_y, end_x, end_y = np.clip(around, 0, self.size * 2).astype(int).tolist()
        return start_x, start_y, end_x, end_y

    def box(self, row: int, column: int) -> tuple[int, int, int, int]:
        """Return the box around a cell, in pixels of the upright original."""
        left, right = self.columns[column : column + 2].tolist()
        top, bottom = self.rows[row : row + 2].tolist()
        return self.on_picture((left, top, right, bottom))

    def _original(self, x: float, y: float) -> NDArray[np.float64]:
        row = int(np.clip(np.searchsorted(self.rows, y, "right") - 1, 0, len(self.rows) - 2))
        column = int(np.clip(np.searchsorted(self.columns, x, "right") - 1, 0, len(self.columns) - 2))
        down = (y - self.rows[row]) / (self.rows[row + 1] - self.rows[row])
        across = (x - self.columns[column]) / (self.columns[column + 1] - self.columns[column])
        upper, lower = (
            (1 - across) * self.nodes[each, column] + across * self.nodes[each, column + 1] for each in (row, row + 1)
        )
        point: NDArray[np.float64] = (1 - down) * upper + down * lower
        return point


def require_size(rows: int, columns: int) -> None:
    """Check the numbers of a grid's rows and columns.

    Raises:
        UsageError: they are out of range.
    """
    if not (1 <= rows <= MOST and 1 <= columns <= MOST) or rows * columns < _LEAST:
        raise UsageError(
            f"a grid of {rows} rows and {columns} columns: expected 1 to {MOST} each, and {_LEAST} cells or more, "
            "such as 9x9."
        )


def cells_in(source: Source, rows: int, columns: int) -> Cells:
    """Find a grid of so many rows and columns in a picture and straighten it.

    Raises:
        DataError: see `read_image`.
        NoGridError: there is no such grid.
        UsageError: the numbers are out of range.
    """
    require_size(rows, columns)
    picture, size = decode(source, _DETAIL)
    picture = in_colour(picture)
    factor = max(1, round(max(picture.size) / _SEARCH))
    channel = np.asarray(picture.convert("L").reduce(factor), np.float32) / np.float32(255)
    lighter = bool(ink_colours(picture.reduce(3 * factor)).likely.sum() < 0)
    seen = (0, 0)
    for light in (lighter, not lighter):
        dark = _dark(1 - channel if light else channel)
        for corners in frames_in(dark):
            nodes, found = nodes_in(dark, corners, rows, columns)
            if nodes is not None:
                return _straightened(ImageOps.invert(picture) if light else picture, (nodes + 0.5) * factor, size)
            seen = max(seen, found, key=min)
        if min(seen) > _TELLING:  # another grid
            break
    named = f"{source}: " if isinstance(source, str | os.PathLike) else ""
    told = f"the one found has {seen[0] - 1} rows and {seen[1] - 1} columns"
    if min(seen) <= _TELLING:
        told = "none was found"
    raise NoGridError(
        f"{named}there is no grid of {rows} rows and {columns} columns in the picture; {told}. "
        "Expected lines around all cells, and the whole grid in the picture."
    )


def _dark(channel: Floats) -> Mask:
    """Return which pixels are darker than their surroundings."""
    below = depth(bell(channel, 0.7, (0, 1), "symmetric"), max(9, round(_GROUND * min(channel.shape))))
    dark: Mask = below.missing > max(_DARK[0] * below.noise, _DARK[1])
    return dark


def _straightened(picture: Image.Image, nodes: Points, size: tuple[int, int]) -> Cells:
    """Cut the cells from the picture along its nodes, (rows + 1, columns + 1, 2), in pixels of it."""
    width = picture.width
    wide = np.median(np.hypot(*np.diff(nodes, axis=1).transpose(2, 0, 1)), axis=0)
    high = np.median(np.hypot(*np.diff(nodes, axis=0).transpose(2, 0, 1)), axis=1)
    usual = float(np.median(high))
    times = min(float(np.clip(usual, *_TALL)) / usual, _WIDEST / max(wide.sum(), high.sum()))
    columns, rows = (
        np.concatenate([[0], np.cumsum(np.maximum(4, (sides * times).round()))]).astype(np.int64)
        for sides in (wide, high)
    )
    mesh = []
    for (row, (top, bottom)), (column, (left, right)) in itertools.product(
        enumerate(itertools.pairwise(rows.tolist())), enumerate(itertools.pairwise(columns.tolist()))
    ):
        corners = nodes[[row, row + 1, row + 1, row], [column, column, column + 1, column + 1]]
        mesh.append(((left, top, right, bottom), corners.ravel().tolist()))
    shrunk = max(1, int(1 / times)) if times < 1 else 1
    if shrunk > 1:  # the transformation looks at single pixels
        picture = picture.reduce(shrunk)
        mesh = [(box, [value / shrunk for value in corners]) for box, corners in mesh]
    flat = picture.transform((int(columns[-1]), int(rows[-1])), Image.Transform.MESH, mesh, Image.Resampling.BICUBIC)
    return Cells(flat, rows, columns, nodes * (size[0] / width), size)
