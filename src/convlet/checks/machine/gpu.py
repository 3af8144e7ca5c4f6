"""The GPU, and if a training would not use it, why."""

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from convlet.checks.machine.engines import chosen
from convlet.checks.machine.item import HINT, OFF, OK, Item
from convlet.checks.machine.packages import version_of
from convlet.system.installing import told as install
from convlet.system.installing import told_pip

_GROUP = "GPU"
_SMI = "nvidia-smi"
_SECONDS = 20  # a driver in trouble does not answer
_DRIVER, _AMD = Path("/proc/driver/nvidia/version"), Path("/dev/kfd")
_LEAST = 580  # the driver that CUDA 13 needs
_HIDDEN = "CUDA_VISIBLE_DEVICES"
_CUDNN = ("nvidia-cudnn-cu12", "nvidia-cudnn-cu13")  # what tensorflow[and-cuda] brings


def items() -> Iterator[Item]:
    """Yield what is found."""
    cards, problem = nvidia()
    if problem:
        yield Item(_GROUP, "driver", HINT, problem, "Install NVIDIA's driver anew, or restart the machine.")
    for card in cards:
        yield Item(_GROUP, "card", OK, card)
    if cards:
        yield _used(cards)
    elif not problem:
        yield Item(_GROUP, "card", OFF, _none())


def nvidia() -> tuple[list[str], str]:
    """Return NVIDIA's cards as "NAME, DRIVER, MEMORY", and what is wrong with the driver, or ""."""
    program = shutil.which(_SMI)
    if program is None:
        return [], f"the driver is loaded ({_DRIVER}), but {_SMI} is not here" if _DRIVER.exists() else ""
    asked = [program, "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
    try:
        done = subprocess.run(asked, capture_output=True, timeout=_SECONDS, check=False)  # noqa: S603  NVIDIA's program
    except (OSError, subprocess.TimeoutExpired) as error:
        return [], f"{_SMI} does not answer: {error}"
    said = done.stdout.decode(errors="replace").strip()
    if done.returncode:
        return [], f"{_SMI} failed: {(said or done.stderr.decode(errors='replace').strip())[:200]}"
    return said.splitlines(), ""


def jax_cuda() -> str:
    """Return the package by which JAX uses CUDA, with its version, or ""."""
    for one in distributions():
        name = (one.metadata["Name"] or "").lower().replace("_", "-")
        if name.startswith("jax-cuda") and name.endswith("-plugin"):
            return f"{name} {one.version}"
    return ""


def _used(cards: list[str]) -> Item:
    """Say whether the chosen engine uses a card, and if not, how one would be used."""
    hidden = os.environ.get(_HIDDEN)
    if sys.platform == "win32":
        told = "no: neither TensorFlow nor JAX uses NVIDIA's cards on Windows itself"
        return Item(_GROUP, "used", HINT, told, "Run convlet in WSL 2, with: pip install 'convlet[jax-cuda]'.")
    if hidden is not None and hidden.strip() in ("", "-1"):
        return Item(_GROUP, "used", HINT, f"no: {_HIDDEN} is {hidden!r}, which hides every card", f"Unset {_HIDDEN}.")
    if chosen() == "torch":
        return _used_by_torch()
    libraries = next((name for name in _CUDNN if version_of(name)), "")
    if chosen() == "tensorflow" and version_of("tensorflow") and libraries:  # not convlet's, which is tensorflow-cpu
        return Item(_GROUP, "used", OK, f"yes, if TensorFlow finds its libraries ({libraries} is here)")
    driver = cards[0].split(",")[1].strip() if cards[0].count(",") > 1 else ""
    return _used_by_jax(driver, jax_cuda())


def _used_by_torch() -> Item:
    version = version_of("torch") or ""
    if version.endswith("+cpu"):
        return Item(_GROUP, "used", HINT, f"no: torch {version} is for processors", "Install torch with CUDA.")
    return Item(_GROUP, "used", OK, "yes, if this torch was built with CUDA; its wheels for Linux are")


def _used_by_jax(driver: str, plugin: str) -> Item:
    """Say whether JAX uses the card; with TensorFlow, that it would."""
    if chosen() != "jax":
        told = "no: the wheel of TensorFlow that convlet installs is for processors; JAX trains on the card"
        cure = "Set KERAS_BACKEND=jax." if plugin else f"{install('jax-cuda')}, and set KERAS_BACKEND=jax."
        return Item(_GROUP, "used", HINT, told, cure)
    if not plugin:
        return Item(_GROUP, "used", HINT, "no: JAX is here without CUDA", install("jax-cuda"))
    major = driver.partition(".")[0]
    if "cuda13" in plugin and major.isdigit() and int(major) < _LEAST:
        told = f"no: {plugin} needs a driver of version {_LEAST}, this one is {driver}"
        cure = f"Install a newer driver, or: {told_pip('install', 'jax[cuda12]')}"
        return Item(_GROUP, "used", HINT, told, cure)
    return Item(_GROUP, "used", OK, f"yes, by JAX ({plugin})")


def _none() -> str:
    if sys.platform == "darwin" and platform.machine() == "arm64":
        return "Apple's: no engine that convlet uses trains on it; small nets are fast on the processor"
    if _AMD.exists():
        return "AMD's: no engine that convlet installs trains on it; trainings run on the processor"
    return f"none with a driver ({_SMI} is not here); trainings run on the processor"
