"""What two generations answer, side by side."""

import numpy as np

from convlet.run import Run
from convlet.training.teaching import compared as beside


def test_a_model_beside_itself_has_changed_nothing(run: Run) -> None:
    tests, model = beside.tests_of(run), run.predictor()
    taught = tests.taken(np.arange(len(tests.truth)) < 3)
    none = np.zeros(3, bool)  # with fewer than five of a class none is held out
    found = beside.compared(model, model, taught, none, tests)
    assert (found["taught"]["images"], found["held_out"]["images"]) == (3, 0)
    assert (found["tests"]["images"], found["tests"]["kind"], found["tests"]["name"]) == (360, "test", "digits")
    assert (found["tests"]["changed"], found["tests"]["mended"], found["tests"]["spoiled"]) == (0, 0, 0)
    assert found["changes"] == []
    assert found["taught"]["before"] == found["taught"]["after"]
