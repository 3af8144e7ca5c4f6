"""What this machine is and what is installed on it, for the record a run keeps."""

import contextlib
import importlib.metadata
import os
import platform
from pathlib import Path

_LIBRARIES = ("convlet", "keras", "tensorflow-cpu", "tensorflow", "jax", "torch", "numpy", "onnx", "onnxruntime")


def versions() -> dict[str, str]:
    """The versions of Python and of the libraries that shape a result, where installed."""
    found = {"python": platform.python_version()}
    for library in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[library] = importlib.metadata.version(library)
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


def _cpuinfo(field: str) -> str:
    """The first processor's value of a field of Linux's /proc/cpuinfo, or an empty text."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:  # not Linux
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.split(":")[0].strip() == field), "")
