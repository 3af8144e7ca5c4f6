"""Rows that rise, fall, bend or have a raised part."""

import numpy as np
import pytest

from convlet.reading.rows import in_rows


def boxes_on(curve, rows: int, columns: int, pitch: float = 60, step: float = 36) -> np.ndarray:
    """Return boxes 20 wide and about 30 high along curves, row by row; their heights differ."""
    random = np.random.default_rng(3)
    made = []
    for row in range(rows):
        for column in range(columns):
            x = 40 + step * column
            y = 200 + pitch * row + curve(x) + random.normal(0, 2)
            high = 30 * random.uniform(0.8, 1.2)
            made.append((x, y - high, x + 20, y))
    return np.array(made).round().astype(np.int64)


@pytest.mark.parametrize(
    "curve",
    [
        lambda _: 0.0,
        lambda x: -0.1 * x,
        lambda x: 0.15 * x,
        lambda x: -0.1 * x + 0.0002 * (x - 500) ** 2,
        lambda x: 0.0003 * (x - 500) ** 2,
    ],
    ids=["level", "rising", "falling", "rising and bent", "sagging"],
)
def test_rows_follow_one_curve(curve) -> None:
    boxes = boxes_on(curve, 6, 26)
    mixed = np.random.default_rng(0).permutation(len(boxes))
    rows = in_rows(boxes[mixed], 30.0)
    assert [sorted(mixed[row].tolist()) for row in rows.members] == [list(range(26 * n, 26 * n + 26)) for n in range(6)]
    assert all((np.diff(boxes[mixed][row, 0]) > 0).all() for row in rows.members)


def test_the_slope_is_that_of_the_rows() -> None:
    assert in_rows(boxes_on(lambda x: 0.3 * x, 1, 8), 30.0).slope == pytest.approx(0.3, abs=0.05)


def test_a_raised_group_belongs_to_its_row() -> None:
    low = [(40, 100, 60, 130), (70, 100, 90, 130)]
    raised = [(150, 74, 170, 104), (180, 74, 200, 104)]
    assert in_rows(np.array(low + raised), 30.0).members == [[0, 1, 2, 3]]


def test_but_not_if_another_row_is_as_close() -> None:
    first = [(40, 100, 60, 130), (70, 100, 90, 130)]
    between = [(150, 125, 170, 155), (180, 125, 200, 155)]
    second = [(40, 150, 60, 180), (70, 150, 90, 180)]
    assert len(in_rows(np.array(first + between + second), 30.0).members) == 3


def test_columns_of_numbers_stay_rows() -> None:
    boxes = np.array([(x, y, x + 20, y + 30) for y in (0, 45, 90) for x in (0, 30, 300, 330)])
    assert in_rows(boxes, 30.0).members == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9, 10, 11]]


def test_one_box_and_none() -> None:
    assert in_rows(np.array([(0, 0, 10, 20)]), 20.0).members == [[0]]
    assert in_rows(np.empty((0, 4), np.int64), 20.0).members == []


def test_a_texture_is_not_compared_chain_by_chain() -> None:
    """Every box is a row of its own; more than a page has are not merged."""
    corners = np.random.default_rng(0).integers(0, 4000, (600, 2))
    rows = in_rows(np.concatenate([corners, corners + 10], axis=1), 10.0)
    assert sorted(place for row in rows.members for place in row) == list(range(600))
    assert len(rows.members) > 500  # merged, they would be 280
