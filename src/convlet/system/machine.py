"""What this machine is and what is installed on it, for the record a run keeps; and Python started on it once more."""

import contextlib
import json
import os
import platform
import subprocess
import sys
from pathlib import Path

_LIBRARIES = ("convlet", "keras", "tensorflow-cpu", "tensorflow", "jax", "torch", "numpy", "onnx", "onnxruntime")
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is meant for the program, which ends this one
import sys, json, importlib
sys.path[:] = json.loads(sys.argv[1])
getattr(importlib.import_module(sys.argv[2]), sys.argv[3])(*sys.argv[4:])
"""


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that shape a result, where installed."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms, which `convlet --help` can do without

    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


def processor() -> str:
    """The processor's name, as the system gives it."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def processor_flags() -> set[str]:
    """The processor's features in Linux's words ("avx512_bf16", ...); empty on other systems."""
    return set(_cpuinfo("flags").split())


def cores() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def start_python(module: str, function: str, *arguments: str, quiet: bool = False) -> "subprocess.Popen[bytes]":
    """Start a process that calls a function of ours, with pipes for stdin and stdout. The function has to return when its input ends, which it does however this process ends.

    The program's own main module is not imported there, so a script needs no `if __name__ == "__main__"`.

    Args:
        module: where the function is.
        function: its name.
        arguments: what it is called with.
        quiet: whether its stderr is thrown away.

    Raises:
        OSError: no process can be started.
    """
    return subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, json.dumps(sys.path), module, function, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if quiet else None,
    )


def stop_python(process: "subprocess.Popen[bytes]") -> None:
    """Close the pipes of a process, and wait for its end."""
    for pipe in (process.stdin, process.stdout):
        if pipe:
            with contextlib.suppress(OSError):
                pipe.close()
    process.wait()


def _cpuinfo(field: str) -> str:
    """The first processor's value of a field of Linux's /proc/cpuinfo, or an empty text."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), "")
