"""Where the files of a list are found."""

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from convlet.data import load
from convlet.data.names import Names
from convlet.data.paths import Paths, found_beside
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import save


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two images in a folder beside their list, and a folder that others may make unreadable."""
    for name in ("a", "b"):
        save(Image.new("L", (6, 6), ord(name)), tmp_path / "set/pics" / f"{name}.png")
    (tmp_path / "set/locked").mkdir()
    (tmp_path / "set/list.csv").write_text("path,label\na.png,ant\nb.png,bee\n")
    return tmp_path / "set"


def listed(monkeypatch: pytest.MonkeyPatch, unreadable: Path | None = None) -> list[str]:
    """Return the folders that are listed from now on; one cannot be."""
    seen: list[str] = []
    scandir = os.scandir

    def scan(folder: Any = ".") -> Any:
        if unreadable and Path(folder) == unreadable:
            raise PermissionError(13, "Permission denied", str(folder))
        seen.append(str(folder))
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", scan)
    return seen


def found(folder: Path, *names: str) -> Paths:
    return found_beside(folder / "list.csv", Names(names), Watch())


@pytest.mark.parametrize("inside", ["pics", "pics/deep"])
def test_a_folder_that_cannot_be_read_is_passed_over(folder: Path, inside: str, monkeypatch: pytest.MonkeyPatch):
    if inside != "pics":
        (folder / "pics").rename(folder / "deep")
        (folder / "pics").mkdir()
        (folder / "deep").rename(folder / inside)
    listed(monkeypatch, unreadable=folder / "locked")
    assert found(folder, "a.png", "b.png").missing() == []
    assert found(folder, "a.png", "c.png").missing() == [1]
    assert found(folder, "c.png", "d.png").missing() == [0, 1]


def test_a_list_whose_own_folder_cannot_be_listed(folder: Path, monkeypatch: pytest.MonkeyPatch):
    listed(monkeypatch, unreadable=folder)
    assert found(folder, "pics/a.png", "pics/b.png").missing() == []
    with pytest.raises(DataError, match=r"cannot read the folder .*set: Permission denied"):
        load(folder)


def test_a_link_to_itself_hides_no_folder(folder: Path):
    (folder / "loop").symlink_to(folder / "loop")
    assert found(folder, "a.png", "b.png").base == str(folder / "pics")


def test_missing_files_are_looked_for_in_the_same_folders_alone(folder: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("pics/deep/deeper/far", ".hidden/deep"):
        save(Image.new("L", (6, 6)), folder / name / "C.png")
    seen = listed(monkeypatch)
    assert found(folder, "c.png", "d.png").missing() == [0, 1]
    assert set(seen) == {str(folder / name) for name in ("", "pics", "locked", "pics/deep")}
    (folder / "pics/deep/C.png").touch()
    assert found(folder, "c.png", "d.png").missing() == [1]


@pytest.mark.parametrize("name", ["B.png", "PICS/B.png"])
def test_capitals_in_a_list_of_the_current_folder(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch):
    if (folder / "PICS").exists():
        pytest.skip("this file system knows no capitals")
    monkeypatch.chdir(folder)
    assert list(found_beside(Path("list.csv"), Names([name]), Watch()).names) == ["pics/b.png"]
