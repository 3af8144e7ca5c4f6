import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from convlet.run import Run
from convlet.training.teaching import Teacher
from tests.training.teaching.drawing import sign


def waited(teacher: Teacher) -> dict:
    """The state once the training has ended."""
    until = time.monotonic() + 300
    while (state := teacher.state())["training"]["state"] == "training":
        assert time.monotonic() < until
        time.sleep(0.02)
    return state


@pytest.fixture
def opened(run: Run, tmp_path: Path) -> Iterator[Callable[..., Teacher]]:
    """Open the folder `taught`, as often as asked; all are closed at the end."""
    teachers: list[Teacher] = []

    def open_() -> Teacher:
        teachers.append(Teacher(tmp_path / "taught", run.path))
        return teachers[-1]

    yield open_
    for teacher in teachers:
        teacher.close()


@pytest.fixture(scope="module")
def killed_and_trained(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Teacher, dict, dict]]:
    """Six crosses and some boxes, taught by a process that is killed, then to the end; with the state after each."""
    teacher = Teacher(tmp_path_factory.mktemp("trained") / "taught", run.path)
    predictor = teacher.predictor(0)
    for number in range(6):
        teacher.keep(sign("cross", number), "cross", predictor)
    for number in range(3):
        teacher.keep(sign("box", number), "0", predictor)
    teacher.begin()
    assert teacher._lesson is not None
    teacher._lesson.kill()
    killed = waited(teacher)
    teacher.begin()
    yield teacher, killed, waited(teacher)
    teacher.close()


@pytest.fixture(scope="module")
def trained(killed_and_trained: tuple[Teacher, dict, dict]) -> Teacher:
    """The new model is offered. Tests leave it so."""
    return killed_and_trained[0]
