"""Describe this machine and its libraries for a run's records."""

import contextlib
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_THREADS = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")
_LIBRARIES = ("convlet", "keras", "tensorflow-cpu", "tensorflow", "jax", "torch", "numpy", "onnx", "onnxruntime")


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


def _cpuinfo(field: str) -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), "")
