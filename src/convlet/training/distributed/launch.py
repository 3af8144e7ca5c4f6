"""Start, watch and end this machine's processes of a distributed training.

The user's command does not compute; its children do (`worker.py`). JAX aborts a process when another is lost, so only a
parent can report what happened (`outcome.py`).
"""

import contextlib
import json
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace

from convlet.errors import UsageError
from convlet.system.windows import apart, ask_to_end, own_port
from convlet.training.distributed.outcome import outcome
from convlet.training.distributed.worker import VARIABLE, Worker

_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 1.5  # after a failure: those it takes down end too, and the outcome names the first
_INTERRUPT_SECONDS = 15.0


def workers(processes: int | None, coordinator: str | None, index: int | None) -> list[Worker]:
    """Return the children to start here: all of them, or one if there is a coordinator.

    Args:
        processes: number of processes that train together.
        coordinator: HOST:PORT of process 0, "auto", or None if all run here.
        index: this process's number, from 0.

    Raises:
        UsageError: these contradict each other.
    """
    if coordinator is None:
        if index is not None:
            raise UsageError(
                "process_id= needs coordinator=HOST:PORT; without it processes=N starts all N on this machine."
            )
        first = Worker(coordinator=f"127.0.0.1:{_free_port()}", processes=processes, local=True)
        return [replace(first, index=index) for index in range(processes or 1)]
    if coordinator == "auto":
        if processes is not None or index is not None:
            raise UsageError("coordinator='auto' finds processes= and process_id= automatically; omit them.")
        return [Worker(coordinator=None)]
    host, _, port = coordinator.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise UsageError(
            f"coordinator={coordinator!r}: expected HOST:PORT of process 0, such as 10.0.0.1:29500, or auto."
        )
    if processes is None or processes < 2 or index is None or not 0 <= index < processes:
        raise UsageError(
            "coordinator=HOST:PORT needs processes=N, at least 2, and process_id=I from 0 to N - 1; "
            f"not {processes} and {index}."
        )
    return [Worker(coordinator=coordinator, processes=processes, index=index)]


def launch(command: Sequence[str], chosen: Sequence[Worker], environment: Mapping[str, str]) -> int:
    """Run `command` as each of `chosen` until all have ended; if one fails, end the others.

    Returns:
        The exit status: 0, or that of an error a child has printed.

    Raises:
        LostProcessError: a process was lost, here or elsewhere.
        UsageError: the coordinator's port is in use.
        KeyboardInterrupt: from the user; the chief has closed its run, and the children have ended.
    """
    with tempfile.TemporaryDirectory(prefix="convlet-") as folder:
        started = [replace(worker, folder=folder) for worker in chosen]
        children: list[subprocess.Popen[bytes]] = []
        try:
            for worker in started:
                _require_free(worker)
                children.append(
                    subprocess.Popen(  # noqa: S603
                        command,
                        env={**environment, VARIABLE: json.dumps(asdict(worker))},
                        stdin=subprocess.PIPE,  # closes when this process dies; the child then ends
                        **apart(),  # Ctrl-C reaches only this process
                    )
                )
            _wait(children)
        except KeyboardInterrupt:
            if children and started[0].run.is_file():
                _interrupt(children[0])
            raise
        finally:
            statuses = [child.poll() for child in children]
            for child in children:
                child.kill()
            for child in children:
                child.communicate()  # closes its pipe, and waits
        return outcome(started, statuses)


def _wait(children: Sequence[subprocess.Popen[bytes]]) -> None:
    """Wait until all have ended, or a moment after one has failed."""
    deadline = float("inf")
    while None in (statuses := [child.poll() for child in children]) and time.monotonic() < deadline:
        if deadline == float("inf") and any(statuses):
            deadline = time.monotonic() + _GRACE_SECONDS
        time.sleep(_LOOK_SECONDS)


def _interrupt(chief: subprocess.Popen[bytes]) -> None:
    """Let the chief close its run before the others end."""
    ask_to_end(chief)
    with contextlib.suppress(subprocess.TimeoutExpired):
        chief.wait(_INTERRUPT_SECONDS)


def _free_port() -> int:
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        return int(opened.getsockname()[1])


def _require_free(worker: Worker) -> None:
    """Check that process 0 can listen on the coordinator's port."""
    if worker.index != 0 or not worker.coordinator:
        return
    port = int(worker.coordinator.rpartition(":")[2])
    with socket.socket() as opened:
        own_port(opened)
        try:
            opened.bind(("", port))
        except OSError as error:
            raise UsageError(
                f"cannot listen on port {port} of coordinator= on this machine ({error.strerror}). Choose another port."
            ) from error
