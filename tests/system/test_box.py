"""Which names are in the box, and what hides them."""

from pathlib import Path

import pytest

from convlet.system.box import DIGITS, FOLDER, NAMES, boxed, is_boxed
from convlet.system.places import MANIFEST, hides_boxed, resolve


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


def test_only_its_own_folders_are_in_it(tmp_path: Path, monkeypatch) -> None:
    assert is_boxed(FOLDER / DIGITS)
    assert not is_boxed(tmp_path / DIGITS)
    (tmp_path / "link").symlink_to(FOLDER)
    assert is_boxed(tmp_path / "link" / DIGITS)
    monkeypatch.chdir(FOLDER)
    assert is_boxed(Path(DIGITS))
