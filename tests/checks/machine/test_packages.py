"""Requirements, on an installation written for the test."""

import sys
from pathlib import Path

import packaging.requirements  # noqa: F401  what reads requirements, before a test hides what is installed
import pytest

from convlet.checks.machine import HINT, OFF, OK, WRONG
from convlet.checks.machine import python as of_python
from convlet.checks.machine.packages import Fault, extras, faults, rivals, version_of
from convlet.system.installing import told


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Install packages: nothing but what `pip` would record of each; what this Python has is not seen."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])

    def made(name: str, version: str, *lines: str) -> None:
        folder = tmp_path / f"{name.replace('-', '_')}-{version}.dist-info"
        folder.mkdir()
        head = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]
        (folder / "METADATA").write_text("\n".join(head) + "\n")

    return made


def test_everything_fits(install) -> None:
    install("convlet", "1.0", "Requires-Dist: alpha>=2", "Requires-Dist: nothing; python_version < '3'")
    install("alpha", "2.1", "Requires-Dist: beta<5")
    install("beta", "4.9rc1")
    assert faults() == []


def test_what_is_missing_or_of_another_version_is_named_with_who_asks(install) -> None:
    install("convlet", "1.0", "Requires-Dist: alpha>=2", "Requires-Dist: gamma")
    install("alpha", "2.1", "Requires-Dist: beta<5")
    install("beta", "5.0")
    assert faults() == [Fault("beta", "<5", "5.0", "alpha"), Fault("gamma", "", None, "convlet")]


def test_an_extra_is_looked_at_by_itself_and_by_way_of_another(install) -> None:
    install(
        "convlet",
        "1.0",
        "Requires-Dist: alpha",
        "Requires-Dist: jax>=1; extra == 'jax'",
        "Requires-Dist: convlet[jax]; extra == 'both'",
        "Requires-Dist: delta[fast]; extra == 'delta'",
        "Provides-Extra: both",
        "Provides-Extra: delta",
        "Provides-Extra: dev",
        "Provides-Extra: jax",
    )
    install("delta", "1.0", "Requires-Dist: swift; extra == 'fast'")
    assert extras() == ["both", "delta", "jax"]
    assert faults("convlet", "jax") == [Fault("jax", ">=1", None, "convlet")]
    assert faults("convlet", "both") == [Fault("jax", ">=1", None, "convlet")]
    assert faults("convlet", "delta") == [Fault("swift", "", None, "delta")]
    install("jax", "1.2")
    assert faults("convlet", "both") == []
    assert [fault.package for fault in faults()] == ["alpha"]


def test_circles_end(install) -> None:
    install("convlet", "1.0", "Requires-Dist: alpha")
    install("alpha", "1.0", "Requires-Dist: beta")
    install("beta", "1.0", "Requires-Dist: alpha", "Requires-Dist: convlet>=9")
    assert faults() == []


def test_two_packages_with_the_same_files(install) -> None:
    install("onnxruntime", "1.0")
    assert list(rivals()) == []
    install("onnxruntime-gpu", "1.0")
    assert list(rivals()) == [("onnxruntime", "onnxruntime-gpu")]
    assert version_of("tensorflow") is None


def test_what_is_said_of_packages_and_extras(install) -> None:
    """Here, not here, too old; and of many faults the first five."""
    lines = [f"Requires-Dist: p{number}" for number in range(7)]
    lines += [f"Requires-Dist: {name}>=2; extra == '{name}'" for name in ("heif", "jax", "tune")]
    install("convlet", "1.0", *lines, *(f"Provides-Extra: {name}" for name in ("heif", "jax", "tune")))
    install("heif", "2.0")
    install("jax", "1.9")
    found = {one.name: one for one in of_python.items("1.0")}
    assert [found[f"p{number}"].state for number in range(5)] == [WRONG] * 5
    assert found["packages"].found == "2 more are missing or do not fit"
    assert (found["extras"].state, found["extras"].found) == (OK, "installed: heif")
    assert (found["other extras"].state, "tune" in found["other extras"].found) == (OFF, True)
    assert (found["extra jax"].state, found["extra jax"].cure) == (HINT, told("jax"))
    assert found["convlet"].state == OK


def test_another_copy_and_none(install) -> None:
    assert {one.name: one for one in of_python.items("1.0")}["convlet"].state == HINT
    install("convlet", "0.9")
    assert "another copy comes first" in {one.name: one for one in of_python.items("1.0")}["convlet"].found
