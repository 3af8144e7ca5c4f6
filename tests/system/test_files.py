import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from convlet.errors import InputError, OutputError
from convlet.system.files import (
    _here,
    made_folder,
    replacing,
    replacing_folder,
    sha256,
    sweep,
    user_path,
    write_text,
)


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path) -> None:
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(RuntimeError), replacing(path) as temporary:
        temporary.write_text("half of the n")
        raise RuntimeError
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there(tmp_path) -> None:
    with pytest.raises(OutputError, match=r"cannot write .*a\.txt"):
        write_text(tmp_path / "nowhere" / "a.txt", "text")


def test_a_disk_error_says_what_and_why(tmp_path) -> None:
    with (
        pytest.raises(OutputError, match="No space left"),
        replacing(tmp_path / "a.txt"),
        Path("/dev/full").open("w") as full,
    ):
        full.write("x")
        full.flush()
    assert not list(tmp_path.iterdir())


def test_results_are_readable_like_any_other_file(tmp_path) -> None:
    write_text(tmp_path / "a.txt", "text")
    plain = tmp_path / "b.txt"
    plain.write_text("text")
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == stat.S_IMODE(plain.stat().st_mode)


def test_sha256_of_the_standards_example(tmp_path) -> None:
    write_text(tmp_path / "a.txt", "abc")
    assert sha256(tmp_path / "a.txt") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_text_is_written_in_utf_8_and_the_umask_stays(tmp_path) -> None:
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "a.txt", "één")
        assert os.umask(0o027) == 0o027
    finally:
        os.umask(before)
    assert (tmp_path / "a.txt").read_bytes() == "één".encode()
    assert stat.S_IMODE((tmp_path / "a.txt").stat().st_mode) == 0o640


def test_a_temporary_file_lies_beside_its_place_and_has_its_suffix(tmp_path) -> None:
    with replacing(tmp_path / "a.onnx") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".onnx")
        temporary.unlink()
        temporary.write_bytes(b"new")
    assert (tmp_path / "a.onnx").read_bytes() == b"new"


def test_half_a_character_of_a_file_name(tmp_path) -> None:
    write_text(tmp_path / "a.txt", os.fsdecode(b"half \xff"))
    assert (tmp_path / "a.txt").read_bytes() == rb"half \udcff"


def test_a_block_that_removes_its_temporary_file(tmp_path) -> None:
    with pytest.raises(RuntimeError), replacing(tmp_path / "a.txt") as temporary:
        temporary.unlink()
        raise RuntimeError


def test_a_path_as_a_person_writes_it(monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    assert user_path("~/a") == Path("/home/somebody/a")
    assert user_path(Path("a")) == Path("a")
    assert user_path("~no-such-user/a") == Path("~no-such-user/a")


def test_a_home_that_is_not_there(monkeypatch) -> None:
    def no_home(_: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", no_home)  # as for a user without a name, in a container
    with pytest.raises(InputError, match="there is no folder ~/runs"):
        user_path("~/runs")


MARK, MEMBERS = Path("mark"), frozenset({"mark", "old", "new"})


@pytest.fixture
def folder(tmp_path) -> Path:
    """A folder of the kind that `write` makes."""
    path = tmp_path / "folder"
    path.mkdir()
    (path / "mark").touch()
    (path / "old").touch()
    return path


def write(path: Path) -> None:
    with replacing_folder(path, MARK, MEMBERS) as made:
        assert not list(made.iterdir())
        (made / "mark").touch()
        (made / "new").touch()


def names(path: Path) -> set[str]:
    return {child.name for child in path.iterdir()}


def test_a_folder_is_made_or_replaced_and_nothing_else_is_left(folder) -> None:
    write(folder)
    empty = folder.with_name("empty")
    empty.mkdir()
    write(empty)
    write(folder.with_name("another"))
    for path in (folder, empty, folder.with_name("another")):
        assert names(path) == {"mark", "new"}
    assert names(folder.parent) == {"folder", "empty", "another"}


def test_a_folder_with_every_member_is_replaced(folder) -> None:
    (folder / "new").touch()
    write(folder)
    assert names(folder) == {"mark", "new"}


def test_a_link_to_a_folder_stays_a_link(folder) -> None:
    link = folder.with_name("link")
    link.symlink_to(folder)
    write(link)
    assert link.is_symlink()
    assert names(folder) == {"mark", "new"}


def test_the_folder_that_one_stands_in(folder, monkeypatch) -> None:
    monkeypatch.chdir(folder)
    write(Path())
    assert names(folder) == {"mark", "new"}


def test_a_failed_block_leaves_the_old_folder(folder) -> None:
    with pytest.raises(RuntimeError), replacing_folder(folder, MARK, MEMBERS) as made:
        (made / "new").touch()
        raise RuntimeError
    assert names(folder) == {"mark", "old"}
    assert names(folder.parent) == {"folder"}


def test_a_folder_that_cannot_be_moved_into_place_leaves_the_old_one(folder) -> None:
    with (
        pytest.raises(OutputError, match=r"cannot write .*folder: No such file"),
        replacing_folder(folder, MARK, MEMBERS) as made,
    ):
        shutil.rmtree(made)
    assert names(folder) == {"mark", "old"}
    with pytest.raises(OutputError, match="No such file"), replacing_folder(folder / "new", MARK, MEMBERS) as made:
        shutil.rmtree(made)


@pytest.mark.parametrize("foreign", ["notes.txt", "without the mark", "a file"])
def test_what_somebody_else_made_is_left_alone(folder, foreign: str) -> None:
    path = folder
    if foreign == "notes.txt":
        (folder / foreign).touch()
    elif foreign == "without the mark":
        (folder / "mark").unlink()
    else:
        path = folder / "old"
    before = names(folder)
    with pytest.raises(OutputError, match=r"holds something else( \(notes\.txt\))?\. ") as refused:
        write(path)
    assert ("(notes.txt)" in str(refused.value)) == (foreign == "notes.txt")
    assert names(folder) == before


def test_a_folder_is_made_once_and_not_inside_a_file(tmp_path) -> None:
    assert made_folder(tmp_path / "a" / "b") == made_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match=r"cannot make the folder .*file/inside"):
        made_folder(tmp_path / "file" / "inside")


def test_a_folder_whose_replacement_was_killed_is_put_back(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    left = tmp_path / f".site.convlet-{_here()}-{int(ended.stdout)}-abcdefgh"
    (left / "before").mkdir(parents=True)
    (left / "before" / "index.html").write_text("the old one")
    (left / "made").mkdir()
    assert sweep(tmp_path) == [left]
    assert (tmp_path / "site" / "index.html").read_text() == "the old one"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_files_are_flushed_before_they_take_a_place_and_their_folder_after(tmp_path: Path, monkeypatch) -> None:
    events: list[str] = []
    real, moved = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append("flush"), real(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda self, target: (events.append("move"), moved(self, target))[1])
    for _ in range(2):
        with replacing(tmp_path / "file.txt", tmp_path / "before.txt") as temporary:
            temporary.write_text("content")
    assert events == ["flush", "move", "flush", "flush", "move", "move", "flush"]
    assert (tmp_path / "before.txt").read_text() == "content"


def test_what_is_not_ours_is_never_swept(tmp_path: Path) -> None:
    for name in (".notes-1-abcdefgh.txt", ".model.convlet-1-abcdefgh.onnx", "model.convlet-00000000-1-abcdefgh.onnx"):
        (tmp_path / name).touch()
    assert sweep(tmp_path, 0.0) == []
