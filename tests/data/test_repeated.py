"""Rows that repeat earlier ones."""

import numpy as np
import pytest

from convlet.data.names import Names
from convlet.data.repeated import repeated_rows


def found(rows: list[tuple[str, int, int]]) -> dict[int, int]:
    names, splits, labels = zip(*rows, strict=True)
    return repeated_rows(
        Names(names), np.array(splits), np.array(labels), lambda row, earlier: ValueError(f"{row} and {earlier}")
    )


def test_each_row_that_repeats_another_has_the_first_one() -> None:
    rows = [("a.png", 0, 1), ("b.png", 0, 1), ("a.png", 0, 1), ("a.png", 2, 0), ("b.png", 0, 1), ("a.png", 0, 1)]
    assert found(rows) == {2: 0, 4: 1, 5: 0}
    assert found(rows[:2]) == {}


def test_the_first_row_with_another_label_is_told() -> None:
    rows = [("a.png", 0, 1), ("b.png", 0, 1), ("a.png", 0, 1), ("b.png", 0, 2), ("a.png", 0, 2)]
    with pytest.raises(ValueError, match=r"^3 and 1$"):
        found(rows)
