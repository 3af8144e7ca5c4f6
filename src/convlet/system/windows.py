"""What Windows does otherwise: open files stay where they are, processes have no signals, ports can be shared."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

WINDOWS = os.name == "nt"
# The signals that ask a process to end: Ctrl-C, SIGTERM, and on Windows Ctrl-Break.
ENDING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGBREAK") if hasattr(signal, name))
_PATIENCE, _PAUSE = 2.0, 0.02  # seconds: as long as a virus scanner or a reader keeps a file open
_SYNCHRONIZE, _WAITING, _NO_SUCH_PROCESS = 0x100000, 258, 87  # Windows's numbers


def replace(source: Path, target: Path) -> None:
    """Move a file to a place where one may be.

    Windows refuses while any program has either open, such as a virus scanner that looks at what was just written. That
    takes moments, so the move is tried again for two seconds.

    Raises:
        OSError: it cannot be moved.
    """
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            source.replace(target)
        except PermissionError:
            if not WINDOWS or time.monotonic() > deadline:
                raise
            time.sleep(_PAUSE)
        else:
            return


def is_running(process: int, kernel: Any = None) -> bool:
    """Return whether a process lives. On Windows `os.kill(process, 0)` would send it Ctrl-C.

    Args:
        process: its number.
        kernel: Windows's kernel32, for tests.
    """
    if not kernel:
        import ctypes

        kernel = ctypes.WinDLL("kernel32", use_last_error=True)  # type: ignore[attr-defined]
        kernel.last_error = ctypes.get_last_error  # type: ignore[attr-defined]
        kernel.OpenProcess.restype = ctypes.c_void_p
        kernel.WaitForSingleObject.argtypes = (ctypes.c_void_p, ctypes.c_uint32)
        kernel.CloseHandle.argtypes = (ctypes.c_void_p,)
    handle = kernel.OpenProcess(_SYNCHRONIZE, False, process)
    if not handle:
        return bool(kernel.last_error() != _NO_SUCH_PROCESS)  # else it is another user's
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == _WAITING)
    finally:
        kernel.CloseHandle(handle)


def apart() -> dict[str, Any]:
    """Return the arguments of `subprocess.Popen` for a child that the terminal's Ctrl-C does not reach."""
    if WINDOWS:
        return {"creationflags": getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)}
    return {"start_new_session": True}


def ask_to_end(child: "subprocess.Popen[bytes]") -> None:
    """Ask a child that was started `apart` to close what it has open and end.

    Windows's SIGTERM ends a process without a word, so there it gets Ctrl-Break, which convlet takes for the same.
    """
    number = getattr(signal, "CTRL_BREAK_EVENT", signal.SIGTERM) if WINDOWS else signal.SIGTERM
    with contextlib.suppress(ProcessLookupError, PermissionError):  # it has ended
        child.send_signal(number)


def end_by_signals() -> None:
    """Let SIGTERM, and Windows's Ctrl-Break, end this process like Ctrl-C: so that every `with` cleans up."""
    for number in ENDING[1:]:
        signal.signal(number, signal.default_int_handler)


def own_port(door: socket.socket) -> None:
    """Let a socket take a port that was just left, but none that another program has.

    On Windows SO_REUSEADDR means the opposite: two programs on one port, and a client reaches either.
    """
    option = getattr(socket, "SO_EXCLUSIVEADDRUSE", None) if WINDOWS else socket.SO_REUSEADDR
    if option is not None:
        door.setsockopt(socket.SOL_SOCKET, option, 1)
