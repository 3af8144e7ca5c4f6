"""Interpret the exit statuses and logs of a training's processes."""

import re
import signal
from collections.abc import Sequence

from convlet.errors import ConvletError, LostProcessError
from convlet.run import Run
from convlet.training.distributed.worker import Worker

_LOST_TASKS = re.compile(r"stopped sending heartbeats\):\s*([\d\s,]+)")
_JAX_ENDED_IT = "JAX distributed service detected fatal errors"
_ERRORS = range(2, 6)  # exit statuses of convlet's errors


def outcome(workers: Sequence[Worker], statuses: Sequence[int | None]) -> int:
    """Judge how the workers ended; a worker that was still running has the status None.

    Returns:
        0, or the status of an error that the first has printed.

    Raises:
        LostProcessError: a process was lost.
        ConvletError: another process's error.
    """
    logs = {
        worker: worker.log.read_text(encoding="utf-8", errors="replace") if worker.log.is_file() else ""
        for worker in workers
    }
    ended = [(worker, status) for worker, status in zip(workers, statuses, strict=True) if status]
    if not ended:
        return 0
    for worker, status in ended:
        if worker is workers[0] and (status in _ERRORS or status == 130):
            return status
        if status in _ERRORS:
            texts = [line for line in logs[worker].splitlines() if line.startswith("error: ")]
            text = texts[-1].removeprefix("error: ") if texts else f"exit status {status}"
            raise _error(status, f"process {worker.index}: {text}")
    first = [
        (worker, status)
        for worker, status in ended
        if status != LostProcessError.exit_status and not (status == -signal.SIGABRT and _JAX_ENDED_IT in logs[worker])
    ]
    if first:
        worker, status = min(first, key=lambda pair: pair[1] > 0)  # a signal precedes the errors it causes
        of = f" of {worker.processes}" if worker.processes else ""
        which = f"process {worker.index}{of}" if worker.index is not None else "this machine's process"
        what = f"{which} was lost ({_named(status)})"
        if status > 0 and worker is not workers[0]:
            what += ":\n" + "\n".join(logs[worker].splitlines()[-8:]) + "\n"
    else:
        found = _LOST_TASKS.findall("".join(logs.values()))
        numbers = {int(task) for task in re.findall(r"\d+", found[-1])} if found else {0}
        tasks = ", ".join(map(str, sorted(numbers)))
        if not found and workers[0].index == 0:
            what = "another process was lost"
        else:
            what = f"process {tasks} was lost: it no longer answers{' (the coordinator)' if tasks == '0' else ''}"
    raise LostProcessError(f"{what}, so all processes were ended. {_kept(workers[0])}")


def _named(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
    memory = ", which the system does when memory runs out" if name == "SIGKILL" else ""
    return f"killed by signal {-status}, {name}{memory}"


def _kept(worker: Worker) -> str:
    if not worker.run.is_file():
        return "Process 0 keeps what was trained." if worker.index != 0 else "No run was started."
    path = worker.run.read_text(encoding="utf-8")
    try:
        run = Run(path)
        kept = run.kept
    except ConvletError:
        return f"The run folder {path} cannot be read."
    return kept[0].upper() + kept[1:]


def _error(status: int, text: str) -> ConvletError:
    kinds = (kind for kind in ConvletError.__subclasses__() if kind.exit_status == status)
    return next(kinds, ConvletError)(text)
