"""Memory, disk and open files."""

import os
import tempfile
from pathlib import Path

import pytest

from convlet.checks.machine import HINT, OK, WRONG, space
from convlet.system.machine import memory


@pytest.mark.parametrize(("free", "state"), [(8e9, OK), (1e9, HINT), (1e8, WRONG)])
def test_little_memory(monkeypatch, free: float, state: str) -> None:
    monkeypatch.setattr(space, "memory", lambda: (16_000_000_000, int(free)))
    found = {one.name: one for one in space.items()}["memory"]
    assert found.state == state
    assert bool(found.cure) == (state != OK)


def test_a_system_that_does_not_tell_its_memory(monkeypatch) -> None:
    monkeypatch.setattr(space, "memory", lambda: (0, 0))
    assert next(iter(space.items())).state == OK


@pytest.mark.parametrize(("free", "state"), [(8e9, OK), (1e9, HINT), (1e7, WRONG)])
def test_little_disk(monkeypatch, free: float, state: str) -> None:
    usage = type("Usage", (), {"free": int(free)})
    monkeypatch.setattr(space.shutil, "disk_usage", lambda _: usage)
    found = {one.name: one for one in space.items()}
    assert {found[name].state for name in ("runs", "cache", "temporary files")} == {state}


def test_a_folder_that_cannot_be_written_to(monkeypatch, tmp_path: Path) -> None:
    def refuse(**_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    found = {one.name: one for one in space.items()}
    assert (found["runs"].state, found["temporary files"].state) == (HINT, WRONG)
    assert "--out DIR" in found["runs"].cure


def test_the_size_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "b").write_bytes(b"12345")
    (tmp_path / "c").write_bytes(b"678")
    assert space.size_of(tmp_path) == 8


@pytest.mark.skipif(os.name == "nt", reason="Windows has another limit")
def test_few_open_files(monkeypatch) -> None:
    import resource

    monkeypatch.setattr(resource, "getrlimit", lambda _: (256, 4096))
    found = {one.name: one for one in space.items()}["open files"]
    assert (found.state, "ulimit" in found.cure) == (HINT, True)
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 0))
    assert space.open_files() == 0


def test_this_machine_has_memory() -> None:
    total, free = memory()
    assert total > 1e8
    assert 0 <= free <= total
