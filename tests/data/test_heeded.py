"""Decisions hold at whichever level of a folder they were made, and the newest of several about an image wins."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Dataset
from convlet.data.decisions import Decision, Decisions, parsed
from convlet.data.heeded import Found, above, heeded_by, is_flat, merged, reads, steps_of
from convlet.data.tree import FileTree
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import pictures, write_class_folders

NAMES = ("ant", "bee", "cat")
HEADER = "path,label,excluded,who,when\n"
DAY = "2026-11-{:02}T09:30:00+00:00"


def in_splits(folder: Path) -> Path:
    for number, split in enumerate(("train", "test")):
        write_class_folders(folder / "set" / split, pictures((6, 5, 4), seed=number), NAMES)
    return folder / "set"


def decide(folder: Path, *rows: str) -> None:
    (folder / "labels.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def first(folder: Path, name: str = "ant") -> str:
    """The first image of a class, by its path."""
    return f"{name}/{min(file.name for file in (folder / name).iterdir())}"


def class_of(data: Dataset, path: str, split: str = "train") -> str:
    """The name of an image's class; "-" if it is left out."""
    files = [*(data.split(split).files or ())]
    return data.class_names[data.split(split).labels[files.index(path)]] if path in files else "-"


@pytest.mark.parametrize("kind", ["", "zip", "tar", "gztar"])
def test_decisions_made_about_a_split_hold_for_the_whole(kind: str, tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    one, other = first(folder / "train"), first(folder / "test")
    decide(folder / "train", f"{one},bee,,,", f"{first(folder / 'train', 'cat')},,yes,,", "ant/gone.png,bee,,,")
    decide(folder / "test", f"{other},cat,,,")
    path = shutil.make_archive(str(tmp_path / "packed"), kind, tmp_path, "set") if kind else str(folder)
    found, at = convlet.load(path), "set/" if kind else ""
    assert class_of(found, f"{at}train/{one}") == "bee"
    assert class_of(found, f"{at}test/{other}", "test") == "cat"
    assert found.about["labels.csv"] == (
        f"{at}train/labels.csv: 1 relabeled, 1 excluded, 1 not applied; {at}test/labels.csv: 1 relabeled"
    )
    assert [one.reason for one in found.left_out] == [
        f"{at}train/labels.csv: line 4 gives it the class 'bee', but there is no such image"
    ]
    assert found.test.left_out == ()


@pytest.mark.parametrize("inner", ["", "inner/"])
def test_decisions_made_about_the_whole_hold_for_a_split(inner: str, tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    if inner:
        folder = folder.rename(tmp_path / "inner").parent
    train = folder / inner / "train"
    one = first(train)
    decide(folder, f"{inner}train/{one},bee,,,", f"{inner}train/ant/gone.png,bee,,,", f"{inner}test/ant/x.png,cat,,,")
    notes: list[str] = []
    found = convlet.load(train, watch=Watch(on_note=notes.append))
    files = {
        file: found.class_names[label]
        for split in (found.train, found.test)
        for file, label in zip(split.files or (), split.labels.tolist(), strict=True)
    }
    assert files[one] == "bee"
    said = f"{folder / 'labels.csv'}: 1 relabeled, 1 not applied"
    assert found.about["labels.csv"] == said
    assert any(f"{folder / 'labels.csv'}, in a folder above, is heeded too: 1 relabeled" in note for note in notes)
    assert [one.file for one in found.left_out] == ["ant/gone.png"]


def test_a_split_that_is_a_link_knows_the_folder_of_the_link_and_that_of_its_own(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    (tmp_path / "far").mkdir()
    (folder / "train").rename(tmp_path / "far" / "train")
    (folder / "train").symlink_to(tmp_path / "far" / "train")
    one, other = first(folder / "train"), first(folder / "train", "cat")
    decide(folder, f"train/{one},bee,,,")
    decide(tmp_path / "far", f"train/{other},bee,,,")
    assert {*heeded_by(FileTree(folder / "train")).of} == {one, other}
    assert {*heeded_by(FileTree(tmp_path / "far" / "train")).of} == {other}


@pytest.mark.parametrize(("outer", "inner", "holds"), [(3, 2, "bee"), (2, 3, "cat")])
@pytest.mark.parametrize("at", ["", "train"])
def test_the_newest_decision_wins_wherever_the_data_are_read(
    outer: int, inner: int, holds: str, at: str, tmp_path: Path
) -> None:
    folder = in_splits(tmp_path)
    one = first(folder / "train")
    decide(folder, f"train/{one},dog,,,{DAY.format(1)}", f"train/{one},bee,,,{DAY.format(outer)}")
    decide(folder / "train", f"{one},cat,,,{DAY.format(inner)}")
    found = convlet.load(folder / at)
    path = f"{'' if at else 'train/'}{one}"
    splits = [split for split in ("train", "test") if path in (found.split(split).files or ())]
    assert [class_of(found, path, split) for split in splits] == [holds]
    assert "1 decided anew in another labels.csv" in found.about["labels.csv"]


def test_a_row_that_takes_back_does_so_in_another_journal_too(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    one = first(folder / "train")
    decide(folder / "train", f"{one},cat,,,{DAY.format(2)}")
    decide(folder, f"train/{one},,,,{DAY.format(3)}")
    found = convlet.load(folder)
    assert class_of(found, f"train/{one}") == "ant"
    assert found.about["labels.csv"] == (
        "labels.csv: 1 taken back; train/labels.csv: 1 decided anew in another labels.csv"
    )


@pytest.mark.parametrize(
    ("outer", "inner", "why"),
    [
        ("", DAY.format(3), "not both have a time"),
        ("", "", "not both have"),
        (DAY.format(3), DAY.format(3), "the same"),
    ],
)
def test_what_disagrees_without_an_order_is_an_error_that_names_both_lines(
    outer: str, inner: str, why: str, tmp_path: Path
) -> None:
    folder = in_splits(tmp_path)
    one = first(folder / "train")
    decide(folder, f"train/{one},bee,,,{outer}")
    decide(folder / "train", f"{one},cat,,,{DAY.format(1)}", f"{one},,yes,,{inner}")
    for path in (folder, folder / "train"):
        with pytest.raises(DataError, match=why) as told:
            convlet.load(path)
        assert f"{folder / 'labels.csv'}: line 2 gives the class 'bee' to" in str(told.value)
        assert f"{folder / 'train' / 'labels.csv'}: line 3 excludes" in str(told.value)
        assert "Remove the line that is wrong, or write under when" in str(told.value)
    decide(folder / "train", f"{one},bee,,,{inner}")  # now they agree
    assert class_of(convlet.load(folder), f"train/{one}") == "bee"


def test_a_time_without_a_zone_is_utc() -> None:
    assert Decision(when="2026-11-28").time == Decision(when="2026-11-28T01:00:00+01:00").time
    assert Decision().time is None


def test_a_journal_in_a_class_folder_is_told_not_to_be_heeded(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    decide(folder / "train" / "ant", "00.png,bee,,,")
    (left,) = convlet.load(folder).left_out
    assert left.file == "train/ant/labels.csv"
    assert "heeded only in the folder itself" in left.reason


def test_decisions_about_a_class_folder_are_not_those_of_a_data_set_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "pets"
    for name in ("cat", "dog"):
        write_class_folders(folder / name, pictures((4, 4), seed=len(name)), ("small", "tall"))
    decide(folder, f"cat/{first(folder / 'cat', 'tall')},dog,,,")
    notes: list[str] = []
    found = convlet.load(folder / "cat", watch=Watch(on_note=notes.append))
    assert found.class_names == ("small", "tall")
    assert "labels.csv" not in found.about
    assert any("has 1 decisions about images in here, which are not heeded" in note for note in notes)


def test_splits_without_class_folders_stay_splits(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for split in ("train", "test"):
        (tmp_path / split).mkdir()
        for number in range(8):
            Image.fromarray(random.integers(0, 256, (6, 6), dtype=np.uint8)).save(tmp_path / split / f"{number}.png")
    decide(tmp_path / "train", *(f"{number}.png,{'ab'[number % 2]},,," for number in range(8)))
    assert convlet.load(tmp_path).about["test split"].startswith("2 images cut")  # nobody has decided about those
    decide(tmp_path / "test", *(f"{number}.png,{'ab'[number % 2]},,," for number in range(4)))
    found = convlet.load(tmp_path)
    assert {*(found.train.files or ())} == {f"train/{number}.png" for number in range(8)}
    assert {*(found.test.files or ())} == {f"test/{number}.png" for number in range(4)}
    assert len(found.test.left_out) == 4


def test_a_test_split_alone_may_have_its_classes_from_decisions(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    for file in [*(folder / "test").rglob("*.png")]:
        file.rename(folder / "test" / f"{file.parent.name}{file.name}")
    for name in NAMES:
        (folder / "test" / name).rmdir()
    tree = FileTree(folder)
    assert not is_flat(tree, "test", NAMES, heeded_by(tree), flat=False)
    decide(folder / "test", *(f"{file.name},{file.name[:3]},,," for file in (folder / "test").iterdir()))
    assert is_flat(tree, "test", NAMES, heeded_by(tree), flat=False)
    found = convlet.load(folder)
    assert found.has_own_test
    assert np.bincount(found.test.labels).tolist() == [6, 5, 4]


def test_a_list_of_test_is_worth_more_than_decisions_about_some_of_its_images(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    rows = []
    for file in sorted((folder / "test").rglob("*.png")):
        rows.append(f"test/{file.parent.name}{file.name},{file.parent.name}\n")
        file.rename(folder / "test" / f"{file.parent.name}{file.name}")
    (folder / "Test.csv").write_text("path,label\n" + "".join(rows))
    (name, _), *_ = (row.split(",") for row in rows)
    decide(folder, f"{name},bee,,,", "test/gone.png,bee,,,")
    found = convlet.load(folder)
    assert np.bincount(found.test.labels).tolist() == [6, 5, 4]
    assert found.about["labels.csv"] == "2 not applied"
    (folder / "Test.csv").unlink()
    decide(folder, "test/gone.png,bee,,,")
    assert not convlet.load(folder).has_own_test


def test_which_folders_read_another(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    assert [inside for outer, inside in above(folder / "train") if outer == folder] == ["train"]
    assert [inside for outer, inside in above(folder / ".." / "set" / "train") if outer == tmp_path] == ["set/train"]
    assert reads(folder, "train")
    assert reads(tmp_path, "set/train")
    assert not reads(folder / "train", "ant")
    assert not reads(tmp_path / "nowhere", "train")


def found(name: str, below: str, *rows: str) -> Found:
    return Found(name, below, "", parsed((HEADER + "\n".join(rows) + "\n").encode(), name))


def test_steps_of_several_journals_are_in_the_order_of_their_times() -> None:
    one = found("labels.csv", "", f"a/1,x,,,{DAY.format(1)}", f"a/2,x,,,{DAY.format(1)}", f"a/1,y,,,{DAY.format(4)}")
    other = found("a/labels.csv", "a", "3,x,,,", f"1,z,,,{DAY.format(2)}")
    assert [{path: row.label for path, row in step.items()} for step in steps_of([one, other])] == [
        {"a/3": "x"},
        {"a/1": "x", "a/2": "x"},
        {"a/1": "z"},
        {"a/1": "y"},
    ]
    made = merged([one, other])
    assert {path: row.label for path, row in made.of.items()} == {"a/1": "y", "a/2": "x", "a/3": "x"}
    assert made.names == {"labels.csv": "labels.csv", "a/labels.csv": "a/labels.csv"}


def test_rows_of_a_folder_above_are_those_about_the_data_set() -> None:
    rows = parsed((HEADER + "train/a.png,x,,,\ntraining/a.png,y,,,\n").encode(), "labels.csv")
    outer = Found("/labels.csv", "", "train", rows)
    assert {path: row.label for path, row in outer.rows(rows.last).items()} == {"a.png": "x"}
    assert outer.row("a.png") == rows.last["train/a.png"]
    assert Found("a/labels.csv", "a", "", Decisions("")).row("b/1.png") is None
