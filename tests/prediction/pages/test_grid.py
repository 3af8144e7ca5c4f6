"""Grids, read with a model that knows the tests' drawn digits."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from convlet.errors import UsageError
from convlet.prediction.pages import Wish, read, size_of
from tests.prediction.pages.test_reader import Likeness, page_of, written

ROWS, COLUMNS, SIDE, LEFT, TOP = 3, 4, 130, 80, 60


def form(cells: dict[tuple[int, int], str], side: float = 60) -> np.ndarray:
    """Photograph a grid with words in its cells."""
    words = {
        (LEFT + column * SIDE + SIDE / 2 - len(word) * side / 2, TOP + row * SIDE + (SIDE - side) / 2): word
        for (row, column), word in cells.items()
    }
    ink = Image.fromarray((255 * page_of(words, (700, 520), side)).astype(np.uint8))
    draw = ImageDraw.Draw(ink)
    for column in range(COLUMNS + 1):
        x = LEFT + column * SIDE
        draw.line((x, TOP, x, TOP + ROWS * SIDE), fill=220, width=3)
    for row in range(ROWS + 1):
        y = TOP + row * SIDE
        draw.line((LEFT, y, LEFT + COLUMNS * SIDE, y), fill=220, width=3)
    return written(np.asarray(ink, np.float32) / 255)


def test_an_answer_for_each_cell() -> None:
    page = read(form({(0, 0): "5", (0, 3): "27", (2, 1): "0"}), Likeness(), Wish(grid=(ROWS, COLUMNS)))
    assert page.text == "5\t\t\t27\n\t\t\t\n\t0\t\t"
    assert page.grid == (ROWS, COLUMNS)
    assert [[cell.value for cell in row.numbers] for row in page.rows] == [
        ["5", "", "", "27"],
        ["", "", "", ""],
        ["", "0", "", ""],
    ]
    assert [character.line for character in page] == [0, 0, 0, 2]
    left, top, right, bottom = page.rows[0].numbers[3].box
    assert (left, top, right, bottom) == pytest.approx((470, 60, 600, 190), abs=5)
    for character in page:
        x, y = (character.box[0] + character.box[2]) / 2, (character.box[1] + character.box[3]) / 2
        assert any(
            cell.text and cell.box[0] < x < cell.box[2] and cell.box[1] < y < cell.box[3]
            for row in page.rows
            for cell in row.numbers
        )


def test_each_cell_is_read_as_expected() -> None:
    picture = form({(0, 0): "5", (1, 2): "7"})
    page = read(picture, Likeness(), Wish(expect="[57]", grid=(ROWS, COLUMNS)))
    assert [row.fits for row in page.rows] == [True, True, None]
    assert [cell.fits for cell in page.rows[0].numbers] == [True, None, None, None]
    second = read(picture, Likeness(), Wish(grid=(ROWS, COLUMNS))).answers[1].top[1][0]
    page = read(picture, Likeness(), Wish(expect=f"[5{second}]", grid=(ROWS, COLUMNS)))
    assert page.rows[1].numbers[2].text == second
    page = read(picture, Likeness(), Wish(expect="5", grid=(ROWS, COLUMNS)))
    assert [row.fits for row in page.rows] == [True, False, None]
    assert page.rows[1].numbers[2].fits is False


def test_what_does_not_go_with_a_grid() -> None:
    picture = form({})
    for wish in (Wish(False, None, (3, 4)), Wish(None, r"5\n7", (3, 4)), Wish(None, None, (0, 4))):
        with pytest.raises(UsageError):
            read(picture, Likeness(), wish)


@pytest.mark.parametrize("size", ["3x4", " 3X4 ", (3, 4), [3, 4]])
def test_ways_to_say_its_size(size: object) -> None:
    assert size_of(size) == (3, 4)


@pytest.mark.parametrize("size", ["3", "3x", (3,), (3, 4, 5), (3.0, 4), 9, ("a", "b")])
def test_what_is_no_size(size: object) -> None:
    with pytest.raises(UsageError, match="expected ROWSxCOLUMNS"):
        size_of(size)


def test_an_empty_grid() -> None:
    page = read(form({}), Likeness(), Wish(grid=(ROWS, COLUMNS)))
    assert len(page) == 0
    assert {cell.text for row in page.rows for cell in row.numbers} == {""}
    assert page.facts()["grid"] == [ROWS, COLUMNS]
