"""The processor: cores, threads, and the instructions that decide how fast a training is."""

import math
import os
import platform
from collections.abc import Iterator
from pathlib import Path

from convlet.checks.machine.engines import installed
from convlet.checks.machine.item import HINT, OFF, OK, WRONG, Item
from convlet.system.installing import told as install
from convlet.system.machine import cores, hardware, processor, processor_flags

_GROUP = "processor"
_BFLOAT16 = ("amx_bf16", "avx512_bf16")  # as `choose_precision` looks for
_VECTORS = ("avx", "avx2", "avx512f", "avx512_vnni", "amx_tile")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_OLD_QUOTA = Path("/sys/fs/cgroup/cpu/cpu.cfs_quota_us"), Path("/sys/fs/cgroup/cpu/cpu.cfs_period_us")


def items() -> Iterator[Item]:
    """Yield what is found."""
    yield Item(_GROUP, "name", OK, f"{processor()}, {platform.machine()}")
    yield _cores()
    yield from _instructions(processor_flags())
    yield _threads()


def _cores() -> Item:
    here, all_ = cores(), os.cpu_count() or 1
    told = f"{here}" if here == all_ else f"{here} of the machine's {all_} may be used"
    quota = allowed()
    if quota is not None and math.ceil(quota) < here:
        cure = f"Give the container more processor time, or set OMP_NUM_THREADS={max(1, math.ceil(quota))}."
        return Item(_GROUP, "cores", HINT, f"{told}, but this container may use the time of {quota:.1f}", cure)
    return Item(_GROUP, "cores", OK, told)


def allowed() -> float | None:
    """Return how many cores' time a container may use; None without a limit."""
    try:
        if _QUOTA.is_file():
            quota, period = _QUOTA.read_text(encoding="ascii").split()
        else:
            quota, period = (path.read_text(encoding="ascii") for path in _OLD_QUOTA)
        return int(quota) / int(period) if int(quota) > 0 else None
    except (OSError, ValueError):  # "max", or no such limit on this system
        return None


def _instructions(flags: set[str]) -> Iterator[Item]:
    if not flags:
        yield Item(_GROUP, "instructions", OK, "not told by this system; trainings are in float32")
        return
    if platform.machine().lower() in ("x86_64", "amd64") and "avx" not in flags and installed("tensorflow"):
        cure = f"Train with another engine: {install('jax')}, and set KERAS_BACKEND=jax."
        yield Item(_GROUP, "instructions", WRONG, "no AVX, without which TensorFlow ends at once", cure)
    elif here := [name for name in _VECTORS if name in flags]:
        yield Item(_GROUP, "instructions", OK, ", ".join(here))
    found = next((flag for flag in _BFLOAT16 if flag in flags), "")
    told = f"yes ({found}): TensorFlow trains about twice as fast in it" if found else "no: trainings are in float32"
    yield Item(_GROUP, "bfloat16", OK if found else OFF, told)


def _threads() -> Item:
    here, told = cores(), hardware()["threads"]
    few = {name: value for name, value in told.items() if value.isdigit() and 0 < int(value) < here}
    named = ", ".join(f"{name}={value}" for name, value in told.items())
    if few and allowed() is None:
        return Item(_GROUP, "threads", HINT, f"{named}, fewer than the {here} cores", f"Unset {', '.join(few)}.")
    return Item(_GROUP, "threads", OK, named or f"one for each of {here} cores")
