"""Runs in a list."""

import json
import os
from pathlib import Path

import pytest

from convlet.errors import ModelError
from convlet.run.listing import Listing, listed, named
from tests.run.made import add_epochs, held_run, made_run


def test_newest_first_with_what_is_known_of_each(tmp_path: Path) -> None:
    made_run(tmp_path, "old")
    made_run(tmp_path, "数字", status="interrupted", epochs=2, created="2026-03-01T00:00:00+00:00")
    made_run(tmp_path, "killed", status="running", epochs=0, created="2026-02-01T00:00:00+00:00")
    made_run(tmp_path, "failed", status="failed", created="2026-01-01T00:00:00+00:00", error="RecipeError: it diverged")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / ".hidden").mkdir()
    found = {one.name: one for one in Listing(tmp_path).runs()}
    assert [*found] == ["数字", "killed", "old", "failed"]
    assert [one.status for one in found.values()] == ["interrupted", "interrupted", "done", "failed"]
    assert (found["old"].accuracy, found["old"].validated_on, found["old"].epochs) == (0.875, "validation", 3)
    assert (found["数字"].accuracy, found["数字"].epochs) == (0.7, 2)
    assert (found["killed"].accuracy, found["killed"].epochs) == (None, 0)
    assert found["failed"].problem == "RecipeError: it diverged"
    sizes = sum(file.stat().st_size for file in (tmp_path / "old").iterdir())
    assert found["old"].bytes == sizes
    assert json.loads(json.dumps(found["old"].to_dict()))["ended"] is None


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("run.json", "{", "cannot read"),
        ("run.json", "[]", "does not hold a JSON object"),
        ("run.json", '{"status": "done", "dataset": {}}', "has no"),
        ("metrics.json", "{", "cannot read"),
        ("history.csv", "epoch,loss\n1,x\n", "cannot be read"),
    ],
)
def test_a_damaged_run_hides_no_other(file: str, content: str, says: str, tmp_path: Path) -> None:
    made_run(tmp_path, "whole")
    path = made_run(tmp_path, "wrong", status="interrupted" if file == "history.csv" else "done")
    (path / file).write_text(content)
    found = {one.name: one for one in Listing(tmp_path).runs()}
    assert (found["whole"].status, found["wrong"].status) == ("done", "damaged")
    assert says in found["wrong"].problem


def test_a_status_that_there_is_not(tmp_path: Path) -> None:
    assert "its 'status' is 'dome'" in listed(made_run(tmp_path, "one", status="dome")).problem


def test_what_has_not_changed_is_not_read_again_and_what_has_is(tmp_path: Path) -> None:
    for name in ("one", "two"):
        path = made_run(tmp_path, name, status="interrupted")
        for place in (path / "run.json", path):
            os.utime(place, (0, 0))  # long ago
    listing = Listing(tmp_path)
    before = {one.name: one for one in listing.runs()}
    add_epochs(tmp_path / "two", 5)
    after = {one.name: one for one in listing.runs()}
    assert after["one"] is before["one"]
    assert (before["two"].epochs, after["two"].epochs) == (3, 5)
    (tmp_path / "one").rename(tmp_path / "three")
    assert {one.name for one in listing.runs()} == {"two", "three"}


def test_a_change_in_the_moment_of_the_first_look_is_seen(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted", epochs=1)
    listing, times = Listing(tmp_path), path.stat()
    assert listing.runs()[0].epochs == 1
    add_epochs(path, 2)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))  # a disk whose clock has not gone on
    assert listing.runs()[0].epochs == 2


def test_a_training_is_running_while_its_process_lives(tmp_path: Path) -> None:
    path = made_run(tmp_path, "one", status="interrupted")
    listing = Listing(tmp_path)
    with held_run(path) as process:
        assert listing.runs()[0].status == "running"
        process.kill()
        process.wait()
        assert listing.runs()[0].status == "interrupted"


def test_nothing_there(tmp_path: Path) -> None:
    assert Listing(tmp_path).runs() == Listing(tmp_path / "later").runs() == []
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="cannot be listed"):
        Listing(tmp_path / "file").runs()


def test_a_run_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made_run(Path("runs"), "mine")
    made_run(Path("elsewhere"), "other")
    (tmp_path / "empty").mkdir()
    assert named("mine") == Path("runs/mine") == named("latest")
    assert named("elsewhere/other") == Path("elsewhere/other")
    with pytest.raises(ModelError, match="there is no run other, here or in runs"):
        named("other")
    with pytest.raises(ModelError, match="is not a run folder"):
        named("empty")
