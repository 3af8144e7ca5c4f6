"""A process that computes for `convlet train --processes`: the same command line, in a child of the one that was called."""

import os
import sys
import threading
import time

from convlet import cli
from convlet.errors import LostProcessError
from convlet.training.distributed.distribute import HEARTBEAT_SECONDS
from convlet.training.distributed.launch import Worker

_JAX_SECONDS = HEARTBEAT_SECONDS + 5  # in which JAX notices who was lost, and ends this process


def main() -> None:
    """Do what the command line says, as the worker that the environment names; never tear the interpreter down, which would wait for the others."""
    worker = Worker.here()
    if worker is None:
        sys.exit("this is started by `convlet train --processes`")
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    _keep_native_notes_apart(worker)
    if worker.local:
        _take_a_share_of_the_cores(worker)
    status = 1
    try:
        cli.main(unsaid=LostProcessError)
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except KeyboardInterrupt:
        status = 130
    except Exception:
        sys.excepthook(*sys.exc_info())
    if status == LostProcessError.exit_status and not worker.local:
        time.sleep(_JAX_SECONDS)
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)


def _end_with_the_parent() -> None:
    """However it ends: the pipe from it is then closed."""
    os.read(0, 1)
    os._exit(130)


def _keep_native_notes_apart(worker: Worker) -> None:
    """Python goes on writing where it did, all that libraries write from below goes to a file; of a process beside the first all does."""
    file = os.open(worker.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for number, name in ((1, "stdout"), (2, "stderr")):
        if not worker.local or worker.index == 0:
            setattr(sys, name, os.fdopen(os.dup(number), "w", buffering=1, encoding="utf-8", errors="replace"))
        os.dup2(file, number)


def _take_a_share_of_the_cores(worker: Worker) -> None:
    """Cores of its own, where there are enough: threads of two processes on one core wait for each other."""
    if not hasattr(os, "sched_setaffinity"):
        return
    cores, index, of = sorted(os.sched_getaffinity(0)), worker.index or 0, worker.processes or 1
    if of <= len(cores):
        os.sched_setaffinity(0, cores[index * len(cores) // of : (index + 1) * len(cores) // of])


if __name__ == "__main__":
    main()
