"""Which examples a second training leaves out."""

import numpy as np
import pytest

from convlet.training.teaching.compared import left_out


@pytest.mark.parametrize(
    ("truth", "held_out", "apart"),
    [
        ("aab", "...", ".x."),  # one example alone must teach
        ("aabab", ".....", "...xx"),  # the newest of each
        ("aaaaabb", "....x..", "....x.x"),  # where a fifth is held out anyway, that judges
        ("aaaaa", "....x", "....x"),
        ("ab", "..", ".."),
    ],
)
def test_each_class_of_two_or_more_is_judged(truth: str, held_out: str, apart: str) -> None:
    given = np.array([each == "x" for each in held_out])
    assert "".join("x" if each else "." for each in left_out(list(truth), given)) == apart
    assert "".join("x" if each else "." for each in given) == held_out  # what was given stays
