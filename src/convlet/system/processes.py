"""Tell a process of this machine from a later one that has its number, and stop it as Ctrl-C does."""

import functools
import hashlib
import os
import platform
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from convlet.errors import StaleError

# What a process that may be stopped heeds, best first. Those that a shell starts in the background ignore the first.
_SIGNALS = "SIGINT", "SIGTERM"


def this_process() -> dict[str, Any]:
    """Return what is recorded of this process: `id`, `machine`, `began`, and the `signal` that stops it.

    `signal` is None where it has to be stopped by other means: in a thread, which no signal reaches, and where nothing
    says when a process began (Windows).
    """
    began = _began(os.getpid())
    heeded = [name for name in _SIGNALS if callable(signal.getsignal(getattr(signal, name)))]
    reached = bool(began) and threading.current_thread() is threading.main_thread()
    return {
        "id": os.getpid(),
        "machine": _machine(),
        "began": began,
        "signal": heeded[0] if reached and heeded else None,
    }


def is_alive(process: object) -> bool | None:
    """Return whether a recorded process is there; None if that cannot be told from here, as on another machine."""
    if not isinstance(process, Mapping) or process.get("machine") != _machine() or not process.get("began"):
        return None
    number = process.get("id")
    return type(number) is int and number > 0 and _began(number) == process["began"]


def stop(process: object) -> None:
    """Send a recorded process the signal that it recorded.

    Raises:
        StaleError: it cannot be stopped from here, or has ended; a later process that has its number gets nothing.
    """
    alive, name = is_alive(process), process.get("signal") if isinstance(process, Mapping) else None
    if alive is None or name not in _SIGNALS:
        raise StaleError(
            f"its process ({_told(process)}) cannot be stopped from here: it runs on another machine, in another "
            "container, in a thread of another program, or on Windows. Press Ctrl-C in its own window."
        )
    ended = StaleError(f"its process ({_told(process)}) has ended already.")
    if not alive or not isinstance(process, Mapping):
        raise ended
    number = int(process["id"])
    try:
        if sys.platform != "linux":
            os.kill(number, getattr(signal, str(name)))
            return
        handle = os.pidfd_open(number)  # names this process, even if it ends now and its number is given again
        try:
            if not is_alive(process):
                raise ended
            signal.pidfd_send_signal(handle, getattr(signal, str(name)))
        finally:
            os.close(handle)
    except ProcessLookupError as error:
        raise ended from error
    except OSError as error:
        why = f"its process {number} cannot be stopped ({error.strerror})"
        raise StaleError(f"{why}. Whoever started it can.") from error


def _told(process: object) -> str:
    number = process.get("id") if isinstance(process, Mapping) else None
    return f"number {number}" if number else "which is not recorded"


@functools.cache
def _machine() -> str:
    """Return a short name for this machine since it was started and, in a container, its own numbering of processes."""
    found = [platform.node()]
    if sys.platform == "linux":
        found += [_read(Path("/proc/sys/kernel/random/boot_id")), _link(Path("/proc/self/ns/pid"))]
    return hashlib.sha256(" ".join(found).encode()).hexdigest()[:16]


def _began(process: int) -> str:
    """Return when a process began, in the system's own form; "" if there is none, or the system does not say."""
    if sys.platform == "linux":
        after_name = _read(Path(f"/proc/{process}/stat")).rpartition(")")[2].split()  # the name may hold anything
        return after_name[19] if len(after_name) > 19 and after_name[0] not in "ZX" else ""
    if sys.platform == "win32":
        return ""
    command = ["ps", "-o", "lstart=", "-p", str(process)]
    try:
        asked = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, timeout=10, check=False, env={**os.environ, "LC_ALL": "C"}
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return " ".join(asked.stdout.split())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def _link(path: Path) -> str:
    try:
        return str(path.readlink())
    except OSError:
        return ""
