"""Reading examples while people move them and take them back; a process that waits too long."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from convlet.errors import DataError
from convlet.run import Run
from convlet.training.teaching.examples import Examples
from convlet.training.teaching.lesson import seen
from tests.training.teaching.drawing import sign

_IDLE = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from convlet.training.teaching import lesson; "
    "lesson._IDLE = 0.0; lesson.main()"
)


class Between:
    """Does something once the first example was read."""

    def __init__(self, work: Callable[[], object] = lambda: None) -> None:
        self._work = [work]

    def far(self, _what: str, _done: float) -> None:
        while self._work:
            self._work.pop()()


@pytest.fixture
def kept(tmp_path: Path, run: Run) -> Examples:
    """Two crosses, a box and a star, in this order."""
    predictor = run.predictor()
    found = Examples(tmp_path)
    for label, name, number in (("cross", "cross", 0), ("cross", "cross", 1), ("box", "box", 0), ("star", "cross", 2)):
        content = sign(name, number)
        found.keep(content, label, predictor.read(content), predictor.signature)
    return found


def read(kept: Examples, run: Run, work: Callable[[], object]) -> tuple[list[str], Any]:
    """The classes of the examples that were read while `work` was done after the first, and their images."""
    said: Any = Between(work)
    examples, images = seen(kept.all(), run.predictor(), said)
    return [one.label for one in examples], images


def test_an_example_moved_meanwhile_is_read_as_it_was(kept: Examples, run: Run) -> None:
    _, expected = read(kept, run, lambda: None)
    labels, images = read(kept, run, lambda: kept.move(kept.all()[2].id, "cross"))
    assert labels == ["cross", "cross", "box", "star"]
    assert np.array_equal(images, expected)
    assert kept.classes() == {"cross": 3, "star": 1}


def test_one_taken_back_meanwhile_is_left_out(kept: Examples, run: Run) -> None:
    _, expected = read(kept, run, lambda: None)
    labels, images = read(kept, run, lambda: kept.take_back(kept.all()[2].id))
    assert labels == ["cross", "cross", "star"]
    assert np.array_equal(images, expected[[0, 1, 3]])


def test_another_picture_of_the_same_name_is_not_taken_for_it(kept: Examples, run: Run, tmp_path: Path) -> None:
    for label, number in (("box", 5), ("cross", 6)):
        (tmp_path / label / "zz.png").write_bytes(sign("cross", number))
    kept.look()
    before = [one.id for one in kept.all()]
    labels, images = read(kept, run, lambda: kept.take_back("box/zz.png"))
    assert len(before) == 6
    assert labels == ["cross", "cross", "box", "star", "cross"]
    assert np.array_equal(images[-1], run.predictor().read(sign("cross", 6)))


def test_where_all_were_taken_back_nothing_is_taught(kept: Examples, run: Run) -> None:
    examples, said = kept.all(), Between()
    for one in examples:
        kept.take_back(one.id)
    with pytest.raises(DataError, match="All examples were taken back"):
        seen(examples, run.predictor(), said)  # type: ignore[arg-type]


def test_a_process_that_waited_too_long_says_so(run: Run) -> None:
    command = [sys.executable, "-P", "-c", _IDLE, json.dumps(sys.path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps({"base": str(run.path)}) + "\n")
        process.stdin.flush()
        events = [json.loads(line)["event"] for line in process.stdout]
    assert events == ["ready", "idle"]
    assert process.returncode == 0
