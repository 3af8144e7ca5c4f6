"""Read a grid: one answer for each cell, empty cells empty."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from convlet.prediction.answer import Answer
from convlet.prediction.pages.context import Judged, judged
from convlet.prediction.pages.numbers import number_of
from convlet.prediction.pages.page import Number, Row
from convlet.prediction.pages.part import Part
from convlet.reading.grid import Cells
from convlet.reading.place import Box

Places = Sequence[tuple[int, int]]  # the row and column of each cell with ink: a part's `row` is a place among them


def judged_cells(
    parts: Sequence[Part], cells: Cells, places: Places, threshold: float, names: Sequence[str]
) -> list[Judged]:
    """Judge what is in the cells as if they stood side by side in one row: most have one pen and one size."""
    rows, columns = cells.rows, cells.columns
    wide, high = float(np.median(np.diff(columns))), float(np.median(np.diff(rows)))
    moved = []
    for part in parts:
        row, column = places[part.row]
        left = round(part.box.left - columns[column] + part.row * wide)
        top = round(part.box.top - (rows[row] + rows[row + 1]) / 2 + high)
        moved.append(replace(part, box=Box(left, top, left + part.box.width, top + part.box.height), row=0))
    return judged(moved, threshold, names)


def rows_of_cells(
    held: Mapping[tuple[int, int], Sequence[int]],
    cells: Cells,
    answers: Sequence[Answer],
    symbols: Sequence[str],
    fits: Mapping[tuple[int, int], bool | None],
) -> list[Row]:
    """Return the grid's rows; each of their numbers is a cell.

    Args:
        held: the places on the page of the characters in each cell, (row, column), that is not empty.
        cells: the grid.
        answers: for each character of the page.
        symbols: the same.
        fits: whether each of those cells reads as expected.
    """
    rows = []
    for row in range(len(cells.rows) - 1):
        numbers = []
        for column in range(len(cells.columns) - 1):
            mine = held.get((row, column))
            cell = number_of(mine, answers, symbols) if mine else Number("", "", (), None)
            numbers.append(replace(cell, box=cells.box(row, column), fits=fits.get((row, column))))
        told = [number.fits for number in numbers if number.fits is not None]
        text = "\t".join(number.text for number in numbers)
        rows.append(Row(text, tuple(numbers), all(told) if told else None))
    return rows
