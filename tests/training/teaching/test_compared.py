"""What two generations answer, side by side, and which examples a second training leaves out."""

import numpy as np
import pytest

from convlet.run import Run
from convlet.training.teaching import compared as beside


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
    assert "".join("x" if each else "." for each in beside.left_out(list(truth), given)) == apart
    assert "".join("x" if each else "." for each in given) == held_out  # what was given stays


def test_a_model_beside_itself_has_changed_nothing(run: Run) -> None:
    tests, model = beside.tests_of(run), run.predictor()
    taught = tests.taken(np.arange(len(tests.truth)) < 3)
    none = np.zeros(3, bool)
    found = beside.compared(model, model, taught, none, tests)
    assert (found["taught"]["images"], found["held_out"]["images"]) == (3, 0)
    assert (found["tests"]["images"], found["tests"]["kind"], found["tests"]["name"]) == (360, "test", "digits")
    assert (found["tests"]["changed"], found["tests"]["mended"], found["tests"]["spoiled"]) == (0, 0, 0)
    assert found["changes"] == []
    assert found["taught"]["before"] == found["taught"]["after"]
