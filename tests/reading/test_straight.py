"""Printed lines: found where they run across a picture, and where they are missing from their row."""

import numpy as np

from convlet.reading.straight import completed, straight


def sheet(rows: dict[int, float], shape: tuple[int, int] = (600, 800), slope: float = 0.03) -> np.ndarray:
    """Horizontal lines through these rows at the left border, each drawn on part of every fifty pixels."""
    points = np.zeros(shape, bool)
    across = np.arange(shape[1])
    for row, share in rows.items():
        at = np.round(row + slope * across).astype(int)
        drawn = across % 50 < 50 * share
        for off in (0, 1):
            points[at[drawn] + off, across[drawn]] = True
    return points


def rows_of(curves: list) -> list[int]:
    return sorted(round(float(curve[0]) / 10) * 10 for curve in curves)


def test_a_faint_line_is_found_where_its_row_has_a_place_for_it() -> None:
    faint = {110, 140, 230, 470, 500}
    points = sheet({row: 0.55 if row in faint else 0.97 for row in range(50, 560, 30)})
    found = list(straight(points))
    assert set(rows_of(found)) == set(range(50, 560, 30)) - faint
    assert rows_of(completed(found, points)) == list(range(50, 560, 30))


def test_no_line_is_made_up_where_nothing_is_drawn() -> None:
    points = sheet({row: 0.97 for row in range(50, 560, 30) if row not in (110, 140, 230)})
    found = list(straight(points))
    assert rows_of(completed(found, points)) == rows_of(found)


def test_lines_at_any_distance_are_no_row() -> None:
    points = sheet({50: 0.97, 93: 0.97, 200: 0.97, 317: 0.97, 330: 0.97, 480: 0.97, 260: 0.55})
    found = list(straight(points))
    assert len(completed(found, points)) == len(found)
