"""Which names are in the box, and what hides them."""

import shutil
from pathlib import Path

import pytest

from convlet.run.whole import check_files
from convlet.system.box import DIGITS, FOLDER, NAMES, boxed, is_boxed
from convlet.system.places import MANIFEST, hides_boxed, resolve
from convlet.system.sums import SUMS, write_sums


def test_every_folder_has_its_name() -> None:
    assert sorted(child.name for child in FOLDER.iterdir() if child.name != "__pycache__") == sorted(NAMES)
    assert DIGITS in NAMES


@pytest.mark.parametrize("name", ["./digits", "digits/", "runs/digits", "Digits", "", "latest", Path("/digits")])
def test_a_path_is_no_name(name: "str | Path") -> None:
    assert boxed(name) is None
    assert not hides_boxed(name)


def test_a_run_here_is_taken_and_pictures_hide_nothing(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert resolve(DIGITS) == resolve(Path(DIGITS)) == FOLDER / DIGITS
    (tmp_path / DIGITS / "7").mkdir(parents=True)
    assert resolve(DIGITS) == FOLDER / DIGITS
    (tmp_path / DIGITS / MANIFEST).write_text("{}")
    assert resolve(DIGITS) == Path(DIGITS)
    assert hides_boxed(DIGITS)


def test_sums_hide_it_only_where_they_are_those_of_an_export_of_that_name(tmp_path: Path, monkeypatch) -> None:
    """An export has no run.json, and is to be checked or refused as what it is; its sums lie in it."""
    monkeypatch.chdir(tmp_path)
    made = tmp_path / "made"
    (made / "static").mkdir(parents=True)
    (made / "static" / "model.onnx").write_bytes(b"model")
    write_sums(made)
    pictures = tmp_path / DIGITS
    (pictures / "7").mkdir(parents=True)
    (pictures / "7" / "model.onnx.png").write_bytes(b"picture")
    shutil.copy(made / SUMS, tmp_path / SUMS)  # beside the folder, not in it
    assert not hides_boxed(DIGITS)
    assert resolve(DIGITS) == FOLDER / DIGITS
    write_sums(pictures)  # as many data sets have
    shutil.copy(made / SUMS, pictures / "7" / SUMS)
    assert not hides_boxed(DIGITS)
    assert resolve(DIGITS) == FOLDER / DIGITS
    shutil.rmtree(pictures)
    made.rename(pictures)
    assert hides_boxed(DIGITS)
    assert resolve(DIGITS) == Path(DIGITS)
    (pictures / "static" / "model.onnx").unlink()  # a damaged export is still none of the box
    assert resolve(DIGITS) == Path(DIGITS)
    assert [one.problem for one in check_files(resolve(DIGITS))] != [""]
    (pictures / SUMS).write_bytes(b"\xff" * 64 + b"  saved_model.pb\n")
    assert hides_boxed(DIGITS)


def test_only_its_own_folders_are_in_it(tmp_path: Path, monkeypatch) -> None:
    assert is_boxed(FOLDER / DIGITS)
    assert not is_boxed(tmp_path / DIGITS)
    (tmp_path / "link").symlink_to(FOLDER)
    assert is_boxed(tmp_path / "link" / DIGITS)
    monkeypatch.chdir(FOLDER)
    assert is_boxed(Path(DIGITS))
