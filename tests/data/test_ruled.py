"""Decisions in labels.csv hold in every layout of class folders, in archives too, and move no image between splits."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Dataset
from convlet.errors import DataError
from convlet.system.watch import Watch
from tests.data.datafiles import pictures, write_class_folders

NAMES = ("ant", "bee", "cat")
HEADER = "path,label,excluded,who,when\n"


def plain(folder: Path) -> Path:
    return write_class_folders(folder / "set", pictures((40, 30, 20), seed=1), NAMES)


def in_splits(folder: Path) -> Path:
    for number, split in enumerate(("train", "validation", "test")):
        write_class_folders(folder / "set" / split, pictures((20, 10, 9), seed=number), NAMES)
    return folder / "set"


def nested(folder: Path) -> Path:
    write_class_folders(folder / "set" / "inner", pictures((40, 30, 20), seed=1), NAMES)
    return folder / "set"


LAYOUTS = {
    "class folders": (plain, ""),
    "splits": (in_splits, ""),
    "one folder further in": (nested, ""),
    "zip": (plain, "zip"),
    "tar": (plain, "tar"),
    "tar.gz of splits": (in_splits, "gztar"),
}


def labels_of(data: Dataset) -> dict[str, dict[str, str]]:
    """The name of each image's class, by split and file."""
    splits = ["train", "test"] if data.validation is None else ["train", "validation", "test"]
    return {
        name: {
            file.removeprefix("set/"): data.class_names[label]
            for file, label in zip(data.split(name).files or (), data.split(name).labels.tolist(), strict=True)
        }
        for name in splits
    }


def decide(folder: Path, *rows: str) -> None:
    (folder / "labels.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")


def loaded(folder: Path, kind: str) -> Dataset:
    if not kind:
        return convlet.load(folder)
    return convlet.load(shutil.make_archive(str(folder.parent / "packed"), kind, folder.parent, folder.name))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_decisions_hold_in_every_layout(layout: str, tmp_path: Path) -> None:
    write, kind = LAYOUTS[layout]
    folder = write(tmp_path)
    before = labels_of(loaded(folder, kind))
    digest = loaded(folder, kind).train.sha256
    random = np.random.default_rng(3)
    expected = {split: dict(files) for split, files in before.items()}
    rows = []
    for split, files in before.items():
        for path in random.choice(sorted(files), len(files) // 3, replace=False).tolist():
            label = str(random.choice(NAMES))
            excluded = bool(random.random() < 0.3)
            rows += [f"{path},dog,yes,old,", f"{path},{label},{'yes' if excluded else ''},,"]  # the later row wins
            if excluded:
                del expected[split][path]
            else:
                expected[split][path] = label
    decide(folder, *rows)
    found = loaded(folder, kind)
    assert labels_of(found) == expected
    assert found.train.sha256 != digest
    orders = [[*files] for files in labels_of(found).values()]
    assert orders == [[file for file in files if file in expected[split]] for split, files in before.items()]
    assert "relabeled" in found.about["labels.csv"]
    assert found.left_out == ()


def test_validation_is_cut_as_before(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    before = convlet.load(folder).with_validation(0.2)
    files = [*(before.train.files or ())]
    decide(folder, f"{files[0]},dog,,,", f"{files[30]},,yes,,", *(f"{file},cat,,," for file in files[40:50]))
    after = convlet.load(folder).with_validation(0.2)
    assert before.validation is not None
    assert after.validation is not None
    gone = {files[30]}
    assert {*(after.validation.files or ())} == {*(before.validation.files or ())} - gone
    assert {*(after.train.files or ())} == {*files} - gone
    assert {*(after.test.files or ())} == {*(before.test.files or ())}


def test_an_unreadable_image_is_left_out_by_a_decision_without_moving_others(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    (folder / "ant" / "00.png").write_bytes(b"no image")
    before = labels_of(convlet.load(folder))
    decide(folder, "ant/00.png,,yes,,")
    after = convlet.load(folder)
    assert labels_of(after) == before
    assert after.left_out == ()


def test_images_beside_class_folders_get_a_class(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    before = labels_of(convlet.load(folder))
    save = Image.fromarray(np.random.default_rng(0).integers(0, 256, (6, 6), dtype=np.uint8)).save
    for name in ("loose.png", "other.png"):
        save(folder / name)
    decide(folder, "loose.png,dog,,,")
    found = convlet.load(folder)
    after = labels_of(found)
    assert {**after["train"], **after["test"]} == {**before["train"], **before["test"], "loose.png": "dog"}
    assert "1 labeled" in found.about["labels.csv"]
    assert [one.file for one in found.left_out] == ["other.png"]


def test_a_folder_without_class_folders(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    for number in range(60):
        Image.fromarray(random.integers(0, 256, (6, 6), dtype=np.uint8)).save(tmp_path / f"{number:02}.png")
    splits: dict[str, str] = {}
    for count in (20, 40, 60):  # as labeling goes on, no image changes sides
        decide(tmp_path, *(f"{number:02}.png,{'ab'[number % 2]},,," for number in range(count)))
        found = convlet.load(tmp_path)
        assert len(found.train) + len(found.test) == count
        assert len(found.left_out) == 60 - count
        now = {file: split for split, files in labels_of(found).items() for file in files}
        assert splits.items() <= now.items()
        splits = now
    decide(tmp_path)
    with pytest.raises(DataError, match=r"gives none of its images a label\. Label some: convlet label"):
        convlet.load(tmp_path)


def test_rows_that_cannot_be_applied_are_named(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    Image.new("L", (6, 6)).save(folder / "beside.png")
    decide(folder, "train/ant/gone.png,bee,,,", "beside.png,,yes,,", "nowhere/1.png,ant,,,")
    notes: list[str] = []
    found = convlet.load(folder, watch=Watch(on_note=notes.append))
    why = {one.file: one.reason for one in found.left_out}
    assert why["train/ant/gone.png"] == "labels.csv: line 2 gives it the class 'bee', but there is no such image"
    assert why["beside.png"].startswith("labels.csv: line 3 excludes it, but it belongs to no split")
    assert "no such image" in why["nowhere/1.png"]
    assert found.about["labels.csv"] == "3 not applied"
    assert any("train/ant/gone.png" in note for note in notes)


def test_a_class_that_only_test_would_have_is_an_error_with_its_line(tmp_path: Path) -> None:
    folder = in_splits(tmp_path)
    path = next((folder / "test" / "ant").iterdir()).relative_to(folder).as_posix()
    decide(folder, f"{path},zebra,,,")
    with pytest.raises(DataError, match=r"line 2 gives test/ant/\d+\.png the class 'zebra', which no image") as told:
        _ = convlet.load(folder).test
    ((left, reason, _),) = convlet.load(folder).left_out
    assert (left, reason) == ("test/", f"it cannot be read: {told.value}")
    assert str(told.value).startswith(str(folder / "labels.csv"))
    assert str(told.value).endswith(f"correct the line, or decide otherwise: convlet label {folder}")
    decide(folder, f"{path},zebra,,,", f"train/{path.removeprefix('test/')},zebra,,,")
    assert convlet.load(folder).test.labels.max() == 3


def test_a_class_whose_images_are_all_others_is_gone(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    decide(folder, *(f"cat/{file.name},ant,,," for file in (folder / "cat").iterdir()))
    assert convlet.load(folder).class_names == ("ant", "bee")


def test_a_journal_alone_names_its_folder(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    decide(folder, "ant/1.png,bee,,,")
    with pytest.raises(DataError, match=r"Give the folder: "):
        convlet.load(folder / "labels.csv")


def test_nonsense_stops_the_reading(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    decide(folder, "ant/1.png,bee,perhaps,,")
    with pytest.raises(DataError, match=r"labels\.csv: line 2 has 'perhaps' under excluded"):
        convlet.load(folder)


def test_another_table_of_that_name_is_what_it_was(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    before = labels_of(convlet.load(folder))
    (folder / "labels.csv").write_text("path,label\nant/1.png,bee\n")
    found = convlet.load(folder)
    assert labels_of(found) == before
    assert found.left_out[0].reason == "it lists image files, but the class folders next to it are read"


def test_a_check_knows_of_decisions(tmp_path: Path) -> None:
    folder = plain(tmp_path)
    decide(folder, "ant/gone.png,bee,,,")
    found = convlet.check(convlet.load(folder))
    assert [file.file for one in found.findings if one.kind == "left-out-files" for file in one.files] == [
        "ant/gone.png"
    ]
