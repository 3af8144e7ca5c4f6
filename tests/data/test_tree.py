"""Folders within folders: what is passed over, what is left out, and where links lead."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from convlet.data import load
from convlet.data.class_files import ClassFiles
from convlet.data.files import LeftOut, Unreadable
from convlet.data.tree import FileTree, Folder, _is_link, walk
from convlet.system.watch import Watch
from tests.data.datafiles import TRAIN, assert_refused, save, write_class_folders

pytestmark = pytest.mark.usefixtures("kept")
ANIMALS = ("ant", "bee", "cat")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_class_folders(tmp_path / "set", TRAIN, ANIMALS)


def test_a_folder_and_all_below_it_come_in_the_order_of_their_names(tmp_path: Path):
    for place in ("b/2.png", "b/10.PNG", "a/c/1.jpg", "a/notes", ".hidden/1.png", "Thumbs.db"):
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).touch()
    notes = LeftOut("a/notes", "it has no image suffix")
    assert list(walk(FileTree(tmp_path), "")) == [
        ("", Folder(["a", "b"], [], [])),
        ("a", Folder(["c"], [], [notes])),
        ("a/c", Folder([], ["1.jpg"], [])),
        ("b", Folder([], ["10.PNG", "2.png"], [])),
    ]


def test_what_systems_leave_behind_is_passed_over(folder: Path):
    before = load(folder)
    for place in (folder, folder / "ant"):
        save(Image.new("L", (9, 9)), place / "__MACOSX" / "0.png")
        save(Image.new("L", (9, 9)), place / ".ipynb_checkpoints" / "0-checkpoint.png")
        (place / "Thumbs.db").write_bytes(b"0")
        (place / "desktop.ini").write_bytes(b"0")
    after = load(folder)
    assert (after.class_names, after.left_out) == (before.class_names, ())
    assert after.train.sha256 == before.train.sha256


def test_files_that_are_no_images_are_named(folder: Path):
    (folder / "bee" / "notes.txt").write_text("about bees")
    (folder / "bee" / "more").mkdir()
    (folder / "bee" / "more" / "film").write_bytes(b"0")
    save(Image.new("L", (6, 6), 1), folder / "stray.png")
    notes: list[str] = []
    data = load(folder, watch=Watch(on_note=notes.append))
    reasons = {one.file: one.reason for one in data.left_out}
    assert sorted(reasons) == ["bee/more/film", "bee/notes.txt", "stray.png"]
    assert ".txt" in reasons["bee/notes.txt"]
    assert not any(isinstance(one, Unreadable) for one in data.left_out)
    (note,) = notes
    assert "3 files not read" in note
    assert all(file in note for file in reasons)


def test_a_folder_without_permission(folder: Path):
    (folder / "ant" / "locked").mkdir()
    (folder / "ant" / "locked").chmod(0)
    try:
        if os.access(folder / "ant" / "locked", os.R_OK):
            pytest.skip("this user may read everything")
        assert_refused(lambda: load(folder), folder / "ant" / "locked", "Permission denied")
    finally:
        (folder / "ant" / "locked").chmod(0o700)


def test_a_class_folder_may_be_a_link_but_not_lead_in_circles(folder: Path, tmp_path: Path):
    elsewhere = write_class_folders(tmp_path / "elsewhere", TRAIN, ("dog", "dog", "dog"))
    (folder / "dog").symlink_to(elsewhere / "dog", target_is_directory=True)
    (folder / "ant" / "up").symlink_to(folder, target_is_directory=True)
    (elsewhere / "dog" / "self").symlink_to(elsewhere / "dog", target_is_directory=True)
    (folder / "bee" / "loop").symlink_to("loop")
    data = load(folder)
    assert data.class_names == (*ANIMALS, "dog")
    assert len(data.train) + len(data.test) == 2 * len(TRAIN.labels)
    assert [one.file for one in data.left_out] == ["ant/up/", "bee/loop", "dog/self/"]


def test_a_link_to_nothing_is_an_unreadable_image(folder: Path):
    (folder / "ant" / "gone.png").symlink_to(folder / "nowhere.png")
    (one,) = load(folder).left_out
    assert (one.file, type(one)) == ("ant/gone.png", Unreadable)
    assert "no file" in one.reason


def test_no_file_is_looked_up_one_by_one(folder: Path, monkeypatch: pytest.MonkeyPatch):
    looked_up = []
    monkeypatch.setattr(os, "stat", lambda *given, **more: looked_up.append(given))
    monkeypatch.setattr(os.path, "realpath", lambda *given: looked_up.append(given))
    assert len(ClassFiles(FileTree(folder), "")) == len(TRAIN.labels)
    assert not looked_up


def test_a_pipe_is_not_a_regular_file(folder: Path):
    os.mkfifo(folder / "ant" / "pipe.png")
    ((file, reason, _),) = load(folder).left_out
    assert (file, reason) == ("ant/pipe.png", "it is not a regular file")


def test_a_junction_is_a_link_where_python_tells_one() -> None:
    """Windows's own kind of link to a folder; `is_symlink` does not know it."""
    junction = SimpleNamespace(is_symlink=lambda: False, is_junction=lambda: True)
    assert _is_link(junction)  # type: ignore[arg-type]
    assert not _is_link(SimpleNamespace(is_symlink=lambda: False))  # type: ignore[arg-type]
