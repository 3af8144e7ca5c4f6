"""Run a process started by `launch`, according to its instructions."""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from convlet.errors import LostProcessError
from convlet.run import Run
from convlet.training.distributed.distribute import HEARTBEAT_SECONDS

VARIABLE = "CONVLET_WORKER"  # in the environment of a child
_JAX_SECONDS = HEARTBEAT_SECONDS + 5  # until JAX notices which process was lost, and ends this one


@dataclass(frozen=True, kw_only=True)
class Worker:
    """A child's instructions, mostly for `distribute.connect`.

    Attributes:
        folder: where the parent finds `run` and the logs.
    """

    coordinator: str | None
    processes: int | None = None
    index: int | None = None
    local: bool = False
    folder: str = ""

    @classmethod
    def here(cls) -> "Worker | None":
        """Return this process's instructions if it is a child."""
        given = os.environ.get(VARIABLE)
        return cls(**json.loads(given)) if given else None

    @property
    def log(self) -> Path:
        """The file for output of native libraries."""
        return Path(self.folder) / f"{self.index}.log"

    @property
    def run(self) -> Path:
        """The file that names the run folder, once it exists."""
        return Path(self.folder) / "run"

    def keep(self, run: Run) -> None:
        """Report the run's path to the parent."""
        self.run.write_text(str(run.path.absolute()), encoding="utf-8")


def work(command: Callable[[], None]) -> None:
    """Run a command as the worker named in the environment, then end abruptly: a normal exit waits for the others."""
    worker = Worker.here()
    if worker is None:
        sys.exit("this program is started by `convlet train --processes`")
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _log_native_output(worker)
    if worker.local:
        _take_share_of_cores(worker)
    status = 1
    try:
        command()
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        status = 130
    except Exception:  # noqa: BLE001
        sys.excepthook(*sys.exc_info())
    if status == LostProcessError.exit_status and not worker.local:
        time.sleep(_JAX_SECONDS)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _end_with_the_parent() -> None:
    """End when the parent ends: its pipe then closes."""
    os.read(0, 1)
    os._exit(130)


def _log_native_output(worker: Worker) -> None:
    """Log what native libraries write, and everything from local processes other than the first."""
    file = os.open(worker.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if not worker.local or worker.index == 0:
            setattr(sys, name, os.fdopen(os.dup(number), "w", buffering=1, encoding="utf-8", errors="replace"))
        os.dup2(file, number)


def _take_share_of_cores(worker: Worker) -> None:
    """Pin this process to its own cores if there are enough: threads that share a core wait for each other."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores, index, of = sorted(os.sched_getaffinity(0)), worker.index or 0, worker.processes or 1
    if of <= len(cores):
        os.sched_setaffinity(0, cores[index * len(cores) // of : (index + 1) * len(cores) // of])
