import os
import sys
from pathlib import Path

import pytest

from convlet.errors import InputError, LostProcessError, UsageError
from convlet.training.distributed import launch

CHILD = """
import json, os, sys, time
from pathlib import Path

worker = json.loads(os.environ["CONVLET_WORKER"])
(Path(sys.argv[1]) / str(os.getpid())).touch()
"""


def launched(program: str, folder: Path) -> int:
    command = [sys.executable, "-c", CHILD + program, str(folder)]
    return launch.launch(command, launch.workers(2, None, None), os.environ)


def all_gone(folder: Path) -> bool:
    children = [child.name for child in folder.iterdir()]
    return len(children) > 0 and not any(Path(f"/proc/{child}").exists() for child in children)


def test_two_that_succeed(tmp_path) -> None:
    assert launched("", tmp_path) == 0
    assert len(list(tmp_path.iterdir())) == 2


def test_an_error_that_the_first_has_printed_ends_both(tmp_path) -> None:
    assert launched("sys.exit(3) if worker['index'] == 0 else time.sleep(600)", tmp_path) == 3
    assert all_gone(tmp_path)


def test_an_error_of_another_is_raised_and_ends_both(tmp_path) -> None:
    program = (
        "if worker['index'] == 0: time.sleep(600)\n"
        "(Path(worker['folder']) / '1.log').write_text('noise\\nerror: no such data\\n'); sys.exit(3)"
    )
    with pytest.raises(InputError, match="process 1: no such data"):
        launched(program, tmp_path)
    assert all_gone(tmp_path)


def test_a_killed_one_ends_both(tmp_path) -> None:
    with pytest.raises(LostProcessError, match=r"process 1 of 2 was lost \(killed by signal 9"):
        launched("time.sleep(600) if worker['index'] == 0 else os.kill(os.getpid(), 9)", tmp_path)
    assert all_gone(tmp_path)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((2, None, 1), "needs coordinator="),
        ((2, "auto", None), "omit them"),
        ((2, "10.0.0.1", 0), "expected HOST:PORT"),
        ((2, "10.0.0.1:99999", 0), "expected HOST:PORT"),
        ((None, "10.0.0.1:29500", 0), "needs processes=N"),
        ((2, "10.0.0.1:29500", None), "process_id=I"),
        ((2, "10.0.0.1:29500", 2), "from 0 to N - 1"),
    ],
)
def test_options_that_contradict_each_other(given, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        launch.workers(*given)
