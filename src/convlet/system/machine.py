"""Describe this machine and its libraries for a run's records."""

import contextlib
import os
import platform
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LIBRARIES = ("convlet", "keras", "tensorflow-cpu", "tensorflow", "jax", "torch", "numpy", "onnx", "onnxruntime")

# Of a container: how much memory it may have, and has.
_LIMITS = (
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.current")),
    (Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"), Path("/sys/fs/cgroup/memory/memory.usage_in_bytes")),
)


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that affect results."""
    from importlib.metadata import PackageNotFoundError, version  # 20 ms

    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with contextlib.suppress(PackageNotFoundError):
            found[library] = version(library)
    return found


def hardware() -> dict[str, Any]:
    """Return what of this machine a training's rounding depends on, and its system."""
    threads = {name: value for name in _THREADS if (value := os.environ.get(name))}
    return {"processor": processor(), "cores": cores(), "threads": threads, "system": platform.platform()}


def differences(before: Mapping[str, Any]) -> list[str]:
    """Return in words where this machine computes differently from one with that `hardware`, as far as it says."""
    now = hardware()
    found = [
        f"{name} {before[name]} (now {now[name]})"
        for name in ("processor", "cores")
        if name in before and before[name] != now[name]
    ]
    if "threads" in before:
        found += [
            f"{name} {before['threads'].get(name, 'not set')} (now {now['threads'].get(name, 'not set')})"
            for name in _THREADS
            if before["threads"].get(name) != now["threads"].get(name)
        ]
    return found


def processor() -> str:
    """Return the processor's name from the system."""
    return _cpuinfo("model name") or platform.processor() or platform.machine()


def processor_flags() -> set[str]:
    """Return the processor's features ("avx512_bf16", ...); empty unless on Linux."""
    return set(_cpuinfo("flags").split())


def cores() -> int:
    """Return the number of cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> tuple[int, int]:
    """Return the machine's memory and how much of it is free, in bytes; 0 for what the system does not tell.

    A container's limit counts as its memory.
    """
    if sys.platform == "win32":
        return _memory_of_windows()
    found = _meminfo()
    total = found.get("MemTotal") or _pages("SC_PHYS_PAGES")
    free = found.get("MemAvailable", 0)
    for limit, used in _LIMITS:
        with contextlib.suppress(OSError, ValueError):  # no such file, or "max"
            most = int(limit.read_text(encoding="ascii"))
            if 0 < most < total:
                total = most
                free = min(free, most - int(used.read_text(encoding="ascii")))
    return total, free


def _meminfo() -> dict[str, int]:
    try:
        lines = Path("/proc/meminfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return {}
    rows = [line.split() for line in lines]
    return {row[0].rstrip(":"): int(row[1]) * 1024 for row in rows if len(row) == 3 and row[1].isdigit()}


def _pages(name: str) -> int:
    try:
        return os.sysconf(name) * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return 0


def _memory_of_windows() -> tuple[int, int]:
    import ctypes

    state = (ctypes.c_ulonglong * 8)()  # MEMORYSTATUSEX: two numbers of 4 bytes, then seven of 8
    ctypes.memset(state, 0, 64)
    ctypes.cast(state, ctypes.POINTER(ctypes.c_ulong))[0] = 64  # its size
    if not ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(state)):  # type: ignore[attr-defined]
        return 0, 0
    return int(state[1]), int(state[2])


def _cpuinfo(field: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), "")
