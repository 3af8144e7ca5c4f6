import stat

import pytest

from convlet.errors import OutputError
from convlet.system.files import replacing, sha256, write_text


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
        open("/dev/full", "w") as full,
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
