"""The check of a whole data set."""

import json

import numpy as np
import pytest

import convlet
from convlet.checks import check
from convlet.checks.checking import KINDS
from tests.checks.pictures import checked, finding, folder, kinds
from tests.data.datafiles import pictures, write_class_folders


def test_nothing_is_wrong_with_a_clean_folder(tmp_path) -> None:
    found = checked(folder(tmp_path / "clean", {f"{split}/{name}": 12 for split in ("train", "test") for name in "ab"}))
    assert found.findings == ()
    assert not found.serious
    assert found.per_class == {"train": [12, 12], "test": [12, 12]}
    assert found.labels == {"done": False}


def test_digits_have_nothing_serious(digits) -> None:
    assert kinds(convlet.check(digits)) == []


def test_everything_is_in_the_dictionary_and_is_json(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 3, "test/b": 3})
    (path / "test" / "a" / "000.png").write_bytes((path / "train" / "b" / "001.png").read_bytes())
    found = checked(path)
    facts = json.loads(json.dumps(found.to_dict()))
    assert facts["serious"] is True
    assert facts["splits"]["test"] == {"images": 6, "per_class": [3, 3]}
    assert facts["image_shape"] == [32, 32, 3]
    assert facts["files"]["formats"] == {"PNG": 30}
    (first, second) = facts["findings"]
    assert [first["kind"], second["kind"]] == ["same-image-two-labels", "image-in-two-splits"]
    assert first["groups"][0][1] == {
        "split": "test",
        "index": 0,
        "label": "a",
        "file": "test/a/000.png",
        "detail": "",
    }


def test_the_gravest_come_first(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 40, "train/b": 4, "test/a": 3})
    (path / "train" / "a" / "note.txt").write_text("no image")
    assert kinds(checked(path)) == ["missing-class", "imbalance", "few-images", "left-out-files"]
    order = [KINDS.index(kind) for kind in kinds(checked(path))]
    assert order == sorted(order)


def test_a_test_split_that_cannot_be_used_is_a_finding(tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/c": 3, "test/a": 3})
    found = finding(checked(path), "unusable-split")
    assert found.serious
    assert "no class 'c' in train" in found.text


def test_images_that_are_no_files_go_by_their_number() -> None:
    made = pictures((20, 20), seed=3, side=12)
    images = made.images.copy()
    first, second = np.flatnonzero(made.labels == 0)[0], np.flatnonzero(made.labels == 1)[0]
    images[second] = images[first]
    found = check(convlet.Dataset.from_arrays(images, made.labels, ["a", "b"]))
    (group,) = finding(found, "same-image-two-labels").groups
    assert {one.label for one in group} == {"a", "b"}
    assert all(one.file is None and one.name == f"{one.split} #{one.index}" for one in group)
    assert found.survey is None


def test_progress_is_told(tmp_path) -> None:
    told: dict[str, tuple[int, int]] = {}
    path = write_class_folders(tmp_path / "set", pictures((15, 15), seed=1, side=12), ["a", "b"])
    watch = convlet.Watch(on_progress=lambda what, done, total, _: told.update({what: (done, total)}))
    check(convlet.load(path), watch=watch)
    assert {"looking at the files of train", "looking at train", "looking at test"} <= told.keys()
    assert all(done == total for done, total in told.values())


@pytest.mark.parametrize("side", [4, 8, 12, 40])
def test_any_size_is_checked(side: int) -> None:
    made = pictures((20, 20), seed=side, side=side)
    assert check(convlet.Dataset.from_arrays(made.images, made.labels)).findings == ()
