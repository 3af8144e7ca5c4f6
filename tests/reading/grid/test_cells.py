"""Grids found by their lines, however they were photographed."""

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageOps

from convlet.errors import DataError, UsageError
from convlet.reading.grid import cells_in, written

SIZE = (900, 700)
SLANTED = [(120, 90), (800, 150), (760, 640), (70, 580)]
LEVEL = [(60, 60), (840, 60), (840, 640), (60, 640)]


def grid(
    columns: list[float],
    rows: list[float],
    corners: list[tuple[float, float]],
    width: int = 4,
    marks: dict[tuple[int, int], tuple[float, float]] | None = None,
    bend: float = 0.0,
) -> Image.Image:
    """Draw lines at shares of a rectangle between corners, and strokes at places in cells."""
    sheet = Image.new("L", SIZE, 240)
    draw = ImageDraw.Draw(sheet)
    upper, right, lower, left = (np.array(corner, float) for corner in corners)

    def at(x: float, y: float) -> tuple[float, float]:
        place = (1 - y) * ((1 - x) * upper + x * right) + y * ((1 - x) * left + x * lower)
        return float(place[0]), float(place[1] + bend * np.sin(np.pi * x))

    steps = np.linspace(0, 1, 60)
    for x in columns:
        draw.line([at(x, y) for y in steps], fill=30, width=width, joint="curve")
    for y in rows:
        draw.line([at(x, y) for x in steps], fill=30, width=width, joint="curve")
    for (row, column), (across, down) in (marks or {}).items():
        x, y = at(
            columns[column] + across * (columns[column + 1] - columns[column]),
            rows[row] + down * (rows[row + 1] - rows[row]),
        )
        draw.line((x - 6, y - 22, x + 6, y + 22), fill=40, width=8)
    return sheet


def even(count: int) -> list[float]:
    return np.linspace(0, 1, count + 1).tolist()


@pytest.mark.parametrize("corners", [LEVEL, SLANTED])
@pytest.mark.parametrize("bend", [0.0, 20.0])
@pytest.mark.parametrize("light", [False, True])
def test_cells_and_what_is_in_them(corners, bend: float, light: bool) -> None:
    marks = {(0, 0): (0.5, 0.5), (2, 5): (0.4, 0.5), (4, 2): (0.6, 0.5)}
    picture = grid(even(6), even(5), corners, marks=marks, bend=bend)
    cells = cells_in(np.asarray(ImageOps.invert(picture) if light else picture), 5, 6)
    found = written(cells)
    assert found is not None
    assert found.places == tuple(marks)
    if not bend:
        np.testing.assert_allclose(cells.nodes[[0, 0, -1, -1], [0, -1, -1, 0]], corners, atol=5)


def test_a_stroke_across_a_line_is_in_the_cell_that_has_most_of_it() -> None:
    picture = grid(even(6), even(5), LEVEL, marks={(1, 1): (0.5, 0.85), (3, 3): (0.88, 0.4)})
    found = written(cells_in(np.asarray(picture), 5, 6))
    assert found is not None
    assert found.places == ((1, 1), (3, 3))


def test_columns_of_any_width() -> None:
    columns = [0, 0.5, 0.6, 0.7, 1.0]
    picture = grid(columns, even(7), SLANTED, width=2, marks={(3, 2): (0.5, 0.5)})
    cells = cells_in(np.asarray(picture), 7, 4)
    found = written(cells)
    assert found is not None
    assert found.places == ((3, 2),)
    assert np.diff(cells.columns)[0] > 3 * np.diff(cells.columns)[1]


def test_one_row() -> None:
    strip = [(100, 300), (800, 320), (798, 390), (98, 370)]
    picture = grid(even(9), even(1), strip, width=3, marks={(0, 4): (0.5, 0.5)})
    found = written(cells_in(np.asarray(picture), 1, 9))
    assert found is not None
    assert found.places == ((0, 4),)


def test_a_mark_beside_a_line_in_a_wide_cell() -> None:
    columns = [0, 0.8, 1.0]
    marks = {(0, 0): (0.06, 0.5), (4, 0): (0.94, 0.5), (2, 1): (0.5, 0.5)}
    found = written(cells_in(np.asarray(grid(columns, even(6), LEVEL, marks=marks)), 6, 2))
    assert found is not None
    assert found.places == ((0, 0), (2, 1), (4, 0))


def test_small_writing_in_large_cells() -> None:
    marks = {(0, 0): (0.2, 0.3), (1, 1): (0.5, 0.8)}
    found = written(cells_in(np.asarray(grid(even(2), even(2), LEVEL, marks=marks)), 2, 2))
    assert found is not None
    assert found.places == ((0, 0), (1, 1))


def test_thousands_of_cells() -> None:
    """Every second one of 2,500 cells has a mark."""
    side, count = 40, 50
    sheet = np.full((side * count + 80, side * count + 80), 245, np.uint8)
    for line in range(count + 1):
        at = 40 + line * side
        sheet[at - 1 : at + 2, 40 : -40 + 1] = sheet[40 : -40 + 1, at - 1 : at + 2] = 40
    for row in range(count):
        for column in range(row % 2, count, 2):
            y, x = 40 + row * side + 10, 40 + column * side + 17
            sheet[y : y + 20, x : x + 6] = 60
    found = written(cells_in(sheet, count, count))
    assert found is not None
    assert found.places == tuple((row, column) for row in range(count) for column in range(row % 2, count, 2))


def test_the_file_is_named() -> None:
    with pytest.raises(DataError, match=r"nowhere\.png"):
        cells_in("nowhere.png", 9, 9)


def test_nothing_is_written() -> None:
    assert written(cells_in(np.asarray(grid(even(9), even(9), SLANTED)), 9, 9)) is None


def test_boxes_lie_in_the_picture() -> None:
    cells = cells_in(np.asarray(grid(even(6), even(5), LEVEL)), 5, 6)
    assert cells.box(0, 0) == pytest.approx((60, 60, 190, 176), abs=4)
    assert cells.box(4, 5) == pytest.approx((710, 524, 840, 640), abs=4)


@pytest.mark.parametrize(("rows", "columns"), [(5, 5), (4, 6), (6, 6), (5, 7), (9, 9)])
def test_another_grid_is_told(rows: int, columns: int) -> None:
    with pytest.raises(DataError, match="the one found has 5 rows and 6 columns"):
        cells_in(np.asarray(grid(even(6), even(5), SLANTED)), rows, columns)


def test_no_grid() -> None:
    for picture in (
        np.full((300, 400), 255, np.uint8),
        np.random.default_rng(0).integers(0, 255, (300, 400), np.uint8),
    ):
        with pytest.raises(DataError, match="no grid of 9 rows and 9 columns"):
            cells_in(picture.astype(np.uint8), 9, 9)


@pytest.mark.parametrize(("rows", "columns"), [(0, 9), (9, 61), (1, 1), (-3, 3)])
def test_no_such_grids(rows: int, columns: int) -> None:
    with pytest.raises(UsageError, match="expected 1 to 60 each"):
        cells_in(np.zeros((30, 30), np.uint8), rows, columns)
