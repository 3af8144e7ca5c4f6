"""The GPU, on machines made for the test: a program in the place of NVIDIA's, and a package of JAX."""

import os
import sys
from pathlib import Path

import pytest

from convlet.checks.machine import HINT, OFF, OK, Item
from convlet.checks.machine.gpu import items
from convlet.system.installing import told

CARD = "NVIDIA H100 80GB HBM3, 580.65.06, 81559 MiB"
pytestmark = pytest.mark.skipif(os.name == "nt", reason="the program in the place of NVIDIA's is a shell's")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Make a machine: what `nvidia-smi` does, the package by which JAX uses CUDA, and the engine."""

    def made(script: str | None, plugin: str = "", engine: str = "") -> list[Item]:
        monkeypatch.setenv("PATH", str(tmp_path))
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        monkeypatch.setenv("KERAS_BACKEND", engine)
        if script is not None:
            program = tmp_path / "nvidia-smi"
            program.write_text(f"#!/bin/sh\n{script}\n")
            program.chmod(0o755)
        if plugin:
            folder = tmp_path / f"{plugin.replace('-', '_')}-0.9.dist-info"
            folder.mkdir()
            (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {plugin}\nVersion: 0.9\n")
        return list(items())

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return made


def test_no_driver(machine) -> None:
    (one,) = machine(None)
    assert (one.state, one.cure) == (OFF, "")


def test_a_driver_that_does_not_work(machine) -> None:
    (one,) = machine("echo 'Failed to initialize NVML: Driver/library version mismatch'; exit 18")
    assert one.state == HINT
    assert "version mismatch" in one.found
    assert one.cure


@pytest.mark.parametrize(
    ("plugin", "engine", "state", "found", "cure"),
    [
        ("", "", HINT, "no: the wheel of TensorFlow", "{install}, and set KERAS_BACKEND=jax."),
        ("jax-cuda13-plugin", "", HINT, "no: the wheel of TensorFlow", "Set KERAS_BACKEND=jax."),
        ("", "jax", HINT, "no: JAX is here without CUDA", "{install}"),
        ("jax-cuda13-plugin", "jax", OK, "yes, by JAX (jax-cuda13-plugin 0.9)", ""),
    ],
)
def test_whether_it_is_used(machine, plugin: str, engine: str, state: str, found: str, cure: str) -> None:
    card, used = machine(f"echo '{CARD}'", plugin, engine)
    assert (card.state, card.found) == (OK, CARD)
    assert used.state == state
    assert used.found.startswith(found)
    assert used.cure == cure.replace("{install}", told("jax-cuda"))


def test_a_tensorflow_of_ones_own_that_has_cuda(machine, tmp_path: Path) -> None:
    for name in ("tensorflow", "nvidia_cudnn_cu12"):
        (folder := tmp_path / f"{name}-9.0.dist-info").mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 9.0\n")
    _, used = machine(f"echo '{CARD}'")
    assert (used.state, "if TensorFlow finds" in used.found) == (OK, True)


def test_an_old_driver(machine) -> None:
    _, used = machine(f"echo '{CARD.replace('580.', '550.')}'", "jax-cuda13-plugin", "jax")
    assert used.state == HINT
    assert "needs a driver of version 580, this one is 550.65.06" in used.found


def test_a_hidden_card(machine, monkeypatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    _, used = machine(f"echo '{CARD}'", "jax-cuda13-plugin", "jax")
    assert (used.state, used.cure) == (HINT, "Unset CUDA_VISIBLE_DEVICES.")
