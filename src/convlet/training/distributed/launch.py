"""Starting the processes of a distributed training on this machine, watching them, and ending all of them together.

The command that a person calls computes nothing itself: the processes that do are its children (`cli/worker.py`). JAX ends a process from deep inside when another
one is lost, so that only somebody outside can say in plain words what happened.
"""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from convlet.errors import ConvletError, LostProcessError, UsageError
from convlet.run import Run

VARIABLE = "CONVLET_WORKER"  # in the environment of a child
_RUN = "run"
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 1.5  # after one has ended: those that ended with it are seen, and the one that began it is named
_INTERRUPT_SECONDS = 15.0
_LOST_TASKS = re.compile(r"stopped sending heartbeats\):\s*([\d\s,]+)")
_JAX_ENDED_IT = "JAX distributed service detected fatal errors"
_OWN_ERRORS = range(2, 6)


@dataclass(frozen=True, kw_only=True)
class Worker:
    """What a child is told: see `distribute.connect`.

    Attributes:
        local: all processes are children of one parent.
        folder: where it leaves what its parent reads: `run`, the path of the run folder, and `INDEX.log`, what native libraries write.
    """

    coordinator: str | None
    processes: int | None = None
    index: int | None = None
    local: bool = False
    folder: str = ""

    @classmethod
    def here(cls) -> "Worker | None":
        """What this process was told, if it is such a child."""
        told = os.environ.get(VARIABLE)
        return cls(**json.loads(told)) if told else None

    @property
    def log(self) -> Path:
        """What the native libraries write."""
        return Path(self.folder) / f"{self.index}.log"

    def keep(self, run: Run) -> None:
        """Tell the parent where the run is."""
        (Path(self.folder) / _RUN).write_text(str(run.path.absolute()), encoding="utf-8")


def workers(processes: int | None, coordinator: str | None, index: int | None) -> list[Worker]:
    """The children that this machine's command starts: all of them, or with a coordinator its own one.

    Raises:
        UsageError: the three do not go together.
    """
    if coordinator is None:
        if index is not None:
            raise UsageError(
                "--process-id belongs to --coordinator HOST:PORT; without it --processes N starts all N on this machine."
            )
        coordinator = f"127.0.0.1:{_free_port()}"
        return [
            Worker(coordinator=coordinator, processes=processes, index=index, local=True)
            for index in range(processes or 1)
        ]
    if coordinator == "auto":
        if processes is not None or index is not None:
            raise UsageError(
                "--coordinator auto finds the number of processes and this one's place by itself; leave the others away."
            )
        return [Worker(coordinator=None)]
    host, colon, port = coordinator.rpartition(":")
    if not host or not colon or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise UsageError(
            f"--coordinator is {coordinator!r}; expected HOST:PORT of process 0, such as 10.0.0.1:29500, or auto."
        )
    if processes is None or processes < 2 or index is None or not 0 <= index < processes:
        raise UsageError(
            f"--coordinator HOST:PORT needs --processes N, at least 2, and --process-id I from 0 to N - 1; not {processes} and {index}."
        )
    return [Worker(coordinator=coordinator, processes=processes, index=index)]


def launch(command: Sequence[str], chosen: Sequence[Worker], environment: Mapping[str, str]) -> int:
    """Run `command` as every one of `chosen` until all have ended; if one ends before its time, so do the others.

    Returns:
        The exit status: 0, or that of an error which a child has shown already.

    Raises:
        LostProcessError: a process was lost, here or on another machine.
        UsageError: the coordinator's port is taken.
        KeyboardInterrupt: the user's; the children have left by then, the chief with its run put away.
    """
    with tempfile.TemporaryDirectory(prefix="convlet-") as folder:
        started = [Worker(**(asdict(worker) | {"folder": folder})) for worker in chosen]
        children: list[subprocess.Popen[bytes]] = []
        try:
            for worker in started:
                _require_free(worker)
                children.append(
                    subprocess.Popen(
                        command,
                        env={**environment, VARIABLE: json.dumps(asdict(worker))},
                        stdin=subprocess.PIPE,  # closed when this process ends in any way; the child then ends itself
                        start_new_session=True,  # Ctrl-C comes to this process alone
                    )
                )
            _wait(children)
        except KeyboardInterrupt:
            _interrupt(children, begun=(Path(folder) / _RUN).is_file())
            raise
        finally:
            statuses = [child.poll() for child in children]
            for child in children:
                child.kill()
            for child in children:
                child.wait()
                if child.stdin:
                    child.stdin.close()
        return _judged(started, statuses)


def _wait(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Until all have ended, or a moment after one has failed."""
    deadline = float("inf")
    while None in (statuses := [child.poll() for child in children]) and time.monotonic() < deadline:
        if deadline == float("inf") and any(statuses):
            deadline = time.monotonic() + _GRACE_SECONDS
        time.sleep(_LOOK_SECONDS)


def _interrupt(children: Sequence[subprocess.Popen[bytes]], *, begun: bool) -> None:
    """Let the first, which may have a run to put away, leave before the others do."""
    if not begun or not children:
        return
    with contextlib.suppress(ProcessLookupError):
        children[0].send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        children[0].wait(_INTERRUPT_SECONDS)


def _judged(started: Sequence[Worker], statuses: Sequence[int | None]) -> int:
    """What the children's ends mean; None is one that still ran."""
    logs = {
        worker: worker.log.read_text(encoding="utf-8", errors="replace") if worker.log.is_file() else ""
        for worker in started
    }
    ended = [(worker, status) for worker, status in zip(started, statuses, strict=True) if status]
    if not ended:
        return 0
    for worker, status in ended:
        if status in _OWN_ERRORS or (status == 130 and worker is started[0]):
            if worker is not started[0]:
                said = [line for line in logs[worker].splitlines() if line.startswith("error: ")]
                raise _with_status(
                    status,
                    f"process {worker.index}: "
                    + (said[-1].removeprefix("error: ") if said else f"exit status {status}"),
                )
            return status
    first = [
        (worker, status)
        for worker, status in ended
        if status != LostProcessError.exit_status and not (status == -signal.SIGABRT and _JAX_ENDED_IT in logs[worker])
    ]
    if first:
        worker, status = min(first, key=lambda pair: pair[1] > 0)  # a signal comes before the errors that it caused
        of = f" of {worker.processes}" if worker.processes else ""
        which = f"process {worker.index}{of}" if worker.index is not None else "this machine's process"
        what = f"{which} was lost ({_named(status)})"
        if status > 0 and worker is not started[0]:
            what += ":\n" + "\n".join(logs[worker].splitlines()[-8:]) + "\n"
    else:
        text = "".join(logs.values())
        found = _LOST_TASKS.findall(text)
        tasks = sorted({int(task) for task in re.findall(r"\d+", found[-1])}) if found else [0]
        if not found and started[0].index == 0:
            what = "another process was lost"
        else:
            what = f"process {', '.join(map(str, tasks))} was lost: it no longer answers" + (
                " (the coordinator)" if tasks == [0] else ""
            )
    raise LostProcessError(f"{what}; so all processes were ended. {_kept(started[0])}")


def _named(status: int) -> str:
    if status > 0:
        return f"exit status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else "unknown"
    return f"killed by signal {-status}, {name}" + (
        ", as the system does when memory runs out" if name == "SIGKILL" else ""
    )


def _kept(worker: Worker) -> str:
    """How many epochs are kept and how to go on, as far as this machine knows."""
    place = Path(worker.folder) / _RUN
    if not place.is_file():
        return "What was trained is kept by process 0." if worker.index != 0 else "No run was begun."
    try:
        run = Run(place.read_text(encoding="utf-8"))
        kept = len(run.history)
    except ConvletError:
        return f"The run folder {place.read_text(encoding='utf-8')} cannot be read."
    if not kept:
        return "No epoch was finished."
    return f"{kept} {'epoch is' if kept == 1 else 'epochs are'} kept. Go on with: {run.way_on}"


def _with_status(status: int, text: str) -> ConvletError:
    """The error of that exit status."""
    kinds = [kind for kind in ConvletError.__subclasses__() if kind.exit_status == status]
    return (kinds or [ConvletError])[0](text)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def _require_free(worker: Worker) -> None:
    """Look whether process 0 can listen where the others will call.

    Raises:
        UsageError: another program listens on the coordinator's port.
    """
    if worker.index == 0 and worker.coordinator:
        _, _, port = worker.coordinator.rpartition(":")
        with socket.socket() as opened:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                opened.bind(("", int(port)))
            except OSError as error:
                raise UsageError(
                    f"port {port} of --coordinator cannot be used on this machine ({error.strerror}). Choose another one."
                ) from error
