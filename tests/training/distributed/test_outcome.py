import signal

import pytest

from convlet.errors import InputError, LostProcessError
from convlet.training.distributed.outcome import outcome
from convlet.training.distributed.worker import Worker

ABORTED = -signal.SIGABRT
JAX = "JAX distributed service detected fatal errors"
SILENT = f"{JAX} ... unhealthy (stopped sending heartbeats):\n{{}}\nThe tasks have crashed."


def pair(folder, logs: dict[int, str]) -> list[Worker]:
    for index, text in logs.items():
        (folder / f"{index}.log").write_text(text)
    return [Worker(coordinator="127.0.0.1:1", processes=2, index=index, folder=str(folder)) for index in range(2)]


@pytest.mark.parametrize(
    ("statuses", "status"), [((0, 0), 0), ((3, None), 3), ((2, ABORTED), 2), ((130, None), 130), ((4, 3), 4)]
)
def test_what_the_first_has_printed_is_its_status(statuses, status: int, tmp_path) -> None:
    assert outcome(pair(tmp_path, {}), statuses) == status


def test_an_error_of_another_is_raised(tmp_path) -> None:
    with pytest.raises(InputError, match="process 1: no such data"):
        outcome(pair(tmp_path, {1: "noise\nerror: no such data\n"}), (None, 3))


@pytest.mark.parametrize(
    ("statuses", "logs", "said"),
    [
        ((6, -9), {}, r"process 1 of 2 was lost \(killed by signal 9, SIGKILL, which the system does"),
        ((1, -9), {}, r"process 1 of 2 was lost \(killed"),  # the signal caused the error
        ((ABORTED, -15), {0: JAX}, r"process 1 of 2 was lost \(killed by signal 15, SIGTERM\)"),
        ((6, 1), {1: "Traceback\nValueError: no\n"}, r"process 1 of 2 was lost \(exit status 1\):\nTraceback\nValue"),
        ((ABORTED, None), {0: SILENT.format("1")}, "process 1 was lost: it no longer answers, so all"),
        ((None, ABORTED), {1: SILENT.format("0")}, r"process 0 was lost: it no longer answers \(the coordinator\)"),
        ((6, None), {}, "another process was lost"),
    ],
)
def test_the_process_that_was_lost_first_is_named(statuses, logs, said: str, tmp_path) -> None:
    with pytest.raises(LostProcessError, match=said):
        outcome(pair(tmp_path, logs), statuses)


def test_it_says_what_is_kept(run, tmp_path) -> None:
    workers = pair(tmp_path, {})
    with pytest.raises(LostProcessError, match="No run was started"):
        outcome(workers, (6, -9))
    workers[0].keep(run)
    with pytest.raises(LostProcessError, match=rf"4 epochs are kept. Resume with: convlet train --resume {run.path}"):
        outcome(workers, (6, -9))
