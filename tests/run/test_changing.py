"""Runs are removed and renamed."""

import os
import sys
from pathlib import Path

import pytest

from convlet.errors import InputError, ModelError, StaleError, UsageError
from convlet.run import Run
from convlet.run.changing import changeable, checked, children, remove, rename
from tests.run.made import held_run, made_run


def test_a_removed_run_is_gone_and_nothing_else(tmp_path: Path) -> None:
    path, other = made_run(tmp_path, "one"), made_run(tmp_path, "two")
    (path / "logs").mkdir()
    (path / "logs" / "events").touch()
    remove(path)
    assert list(tmp_path.iterdir()) == [other]
    damaged = made_run(tmp_path, "damaged")
    (damaged / "run.json").write_text("{")
    remove(damaged)
    assert list(tmp_path.iterdir()) == [other]


def test_what_is_in_use_or_no_run_stays(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    (tmp_path / "notes").mkdir()
    (tmp_path / "link").symlink_to(path, target_is_directory=True)
    trial = made_run(tmp_path / "study" / "trials" / "0", "trial")
    (tmp_path / "study" / "study.json").write_text("{}")
    cases = [
        (tmp_path / "notes", "is not a run folder"),
        (tmp_path / "link", "is a link to"),
        (Run("digits").path, "comes with convlet"),
        (trial, "whose study.json counts on it"),
    ]
    for place, says in cases:
        for change in (remove, lambda one: rename(one, "other")):
            with pytest.raises(ModelError, match=says):
                change(place)
        assert place.exists()
    with held_run(path):
        for change in (remove, lambda one: rename(one, "other")):
            with pytest.raises(StaleError, match="is being trained"):
                change(path)
    assert Run(path).status == "interrupted"


def test_a_damaged_run_that_is_being_trained_stays(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    with held_run(path):
        (path / "run.json").write_text("{")
        with pytest.raises(StaleError, match="is being trained"):
            remove(path)
    assert (path / "recipe.toml").is_file()


def test_a_renamed_run_takes_along_what_leads_to_it(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    facts = {"sha256": "0" * 64, "signature": {}}
    child = made_run(tmp_path, "child", start={"path": str(path), **facts})
    other = made_run(tmp_path, "other", start={"path": str(tmp_path / "else"), **facts})
    (tmp_path / "latest").symlink_to("one", target_is_directory=True)
    (tmp_path / "whole").symlink_to(path, target_is_directory=True)
    assert [one.path for one in children(changeable(path))] == [child]
    new = rename(path, " 数字 2 ")
    assert new == tmp_path / "数字 2"
    assert not path.exists()
    assert Run(new).status == "done"
    assert Run(child).manifest["start"]["path"] == str(new)
    assert Run(other).manifest["start"]["path"] == str(tmp_path / "else")
    assert ((tmp_path / "latest").readlink(), (tmp_path / "whole").readlink()) == (Path("数字 2"), new)
    assert rename(new, "数字 2") == new  # its own name is no collision


def test_no_name_is_taken_twice(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    (tmp_path / "empty").mkdir()  # which a rename would replace without a word
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").symlink_to("gone")
    made_run(tmp_path, "two")
    for name in ("empty", "file", "nowhere", "two"):
        with pytest.raises(InputError, match="is there already"):
            rename(path, name)
    assert path.is_dir()


def test_a_parent_is_not_renamed_under_a_training(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    start = {"path": str(path), "sha256": "0" * 64, "signature": {}}
    child = made_run(tmp_path, "child", status="interrupted", start=start)
    with held_run(child), pytest.raises(StaleError, match="child is being trained"):
        rename(path, "new")
    assert path.is_dir()


@pytest.mark.parametrize(
    "name",
    ["", "  ", ".", "..", ".x", "-x", "a/b", "a\\b", "a:b", "a\0b", "a\nb", "x\u202ey", "con", "Lpt1.x", "latest",
     "digits", "x.", "é" * 101, "\u200b"],
)  # fmt: skip
def test_names_that_no_run_can_have(name: str, tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    with pytest.raises(UsageError, match="cannot be a run's name") as raised:
        rename(path, name)
    assert str(raised.value).isprintable()
    assert path.is_dir()


@pytest.mark.parametrize("name", ["shoes-2", "数字", "अंक", "أرقام", "a b", "v1.2", "👩\u200d🔬"])
def test_names_in_any_script(name: str) -> None:
    assert checked(name) == name
    assert checked("e\u0301") == "é"


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root may change every folder")
def test_a_folder_that_may_not_be_changed(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one")
    tmp_path.chmod(0o500)
    try:
        for change in (remove, lambda one: rename(one, "other")):
            with pytest.raises(InputError, match="cannot be"):
                change(path)
    finally:
        tmp_path.chmod(0o700)
    assert (path / "run.json").is_file()
