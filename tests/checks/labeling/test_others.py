"""One folder's journal and those of its splits and above: shown together, and every decision is the newest."""

import datetime as dt
from pathlib import Path

import pytest

from convlet.checks.labeling.journal import NONE, Journal
from convlet.checks.labeling.others import Others, read, state_of
from convlet.data.decisions import Decision
from convlet.data.heeded import heeded_by
from convlet.data.tree import FileTree
from convlet.errors import DataError
from tests.data.datafiles import pictures, write_class_folders

HEADER = "path,label,excluded,who,when\n"
IMAGE = "ant/00.png"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for split in ("train", "test"):
        write_class_folders(tmp_path / "set" / split, pictures((3, 3), seed=1), ("ant", "bee"))
    return tmp_path / "set"


def label(name: str) -> Decision:
    return Decision(name)


def told(folder: Path) -> dict[str, str]:
    return {path: one.label for path, one in heeded_by(FileTree(folder)).of.items()}


def test_each_goes_on_where_the_other_ended(folder: Path) -> None:
    with Journal(folder / "train") as inner:
        inner.add({IMAGE: label("cat")}, "ann")
    with Journal(folder) as outer:
        assert outer.of(f"train/{IMAGE}").label == "cat"
        outer.add({f"train/{IMAGE}": label("dog"), "test/bee/00.png": label("cat")}, "bob")
    with Journal(folder / "train") as inner:
        assert inner.of(IMAGE) == Decision("dog", who="bob", when=inner.of(IMAGE).when, line=2)
        assert len(inner.steps) == 2
        assert inner.undo("ann") == [IMAGE]
        assert inner.of(IMAGE).label == "cat"
        assert inner.undo("ann") == [IMAGE]
        assert inner.of(IMAGE) == NONE
        assert inner.undo("ann") == []
    assert told(folder) == {"test/bee/00.png": "cat"}
    assert told(folder / "train") == {}


def test_a_journal_that_is_begun_meanwhile_is_seen(folder: Path) -> None:
    with Journal(folder / "train") as inner, Journal(folder) as outer:
        outer.add({f"train/{IMAGE}": label("cat")}, "ann")
        assert inner.refresh()
        assert inner.of(IMAGE).label == "cat"
        inner.add({IMAGE: NONE}, "bob")
        assert outer.refresh()
        assert outer.of(f"train/{IMAGE}") == NONE
        assert outer.changed == inner.changed == 1
        assert not inner.refresh()
        outer.path.unlink()
        assert inner.refresh()
        assert inner.of(IMAGE) == NONE


def test_a_decision_is_newer_than_one_that_a_clock_gone_wrong_has_dated(folder: Path) -> None:
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=400)
    (folder / "train" / "labels.csv").write_text(f"{HEADER}{IMAGE},cat,,,{later.isoformat()}\n")
    with Journal(folder) as outer:
        outer.add({f"train/{IMAGE}": label("dog")}, "ann")
    assert told(folder) == {f"train/{IMAGE}": "dog"}
    assert told(folder / "train") == {IMAGE: "dog"}


@pytest.mark.parametrize("when", ["", "9999-12-31T23:59:59.999999+00:00", "9999-12-31T23:59:59-23:00"])
def test_what_could_not_be_told_to_be_newer_is_refused_and_nothing_written(when: str, folder: Path) -> None:
    (folder / "train" / "labels.csv").write_text(f"{HEADER}{IMAGE},cat,,,{when}\n")
    with Journal(folder) as outer:
        with pytest.raises(DataError, match=r"labels\.csv: line 2 is about train/ant/00\.png too and has .* time"):
            outer.add({f"train/{IMAGE}": label("dog")}, "ann")
        assert not outer.path.exists()
        outer.add({"train/bee/00.png": label("dog")}, "ann")  # nobody else has decided about that
    assert told(folder) == {f"train/{IMAGE}": "cat", "train/bee/00.png": "dog"}


def test_a_journal_without_times_cannot_overrule_another(folder: Path) -> None:
    (folder / "labels.csv").write_text("path,label,excluded\ntrain/bee/00.png,ant,\n")
    with Journal(folder / "train") as inner:
        inner.add({IMAGE: label("cat")}, "ann")
    with Journal(folder) as outer:
        with pytest.raises(DataError, match="has no column for when it was decided"):
            outer.add({f"train/{IMAGE}": label("dog")}, "ann")
        (folder / "labels.csv").write_text("path,label,excluded,when\ntrain/bee/00.png,ant,,\n")
        outer.add({f"train/{IMAGE}": label("dog")}, "ann")
    assert told(folder) == {f"train/{IMAGE}": "dog", "train/bee/00.png": "ant"}


def test_undo_passes_over_a_step_that_a_later_row_of_another_day_overrules(folder: Path) -> None:
    rows = f"{IMAGE},cat,,,2026-11-09\n{IMAGE},dog,,,2026-11-01\n"  # as an editor may leave them
    (folder / "train" / "labels.csv").write_text(HEADER + rows)
    (folder / "labels.csv").write_text(f"{HEADER}train/{IMAGE},emu,,,2026-11-05\n")
    with Journal(folder) as outer:
        assert outer.of(f"train/{IMAGE}").label == "emu"
        for _ in range(4):
            outer.undo("ann")
        assert outer.steps == []
        assert outer.of(f"train/{IMAGE}") == NONE


def test_only_what_is_a_journal_counts(folder: Path) -> None:
    (folder / "train" / "labels.csv").write_text("path,label\nant/00.png,bee\n")
    (folder / "test" / "labels.csv").mkdir()
    others = Others(folder)
    assert others.read(others.states()) == []
    assert others.time(f"train/{IMAGE}", NONE) is None
    with pytest.raises(DataError, match="not a regular file"):
        state_of(folder / "test" / "labels.csv")
    with pytest.raises(DataError, match="line 1 is not path,label"):
        read(folder / "train" / "labels.csv", state_of(folder / "train" / "labels.csv"))


def test_a_broken_journal_of_a_split_stops_until_it_is_corrected(folder: Path) -> None:
    with Journal(folder) as outer:
        (folder / "train" / "labels.csv").write_text(f"{HEADER}{IMAGE},cat,perhaps,,\n")
        for _ in range(2):
            with pytest.raises(DataError, match="line 2 has 'perhaps'"):
                outer.refresh()
        (folder / "train" / "labels.csv").write_text(f"{HEADER}{IMAGE},cat,,,\n")
        assert outer.refresh()
        assert outer.of(f"train/{IMAGE}").label == "cat"
