"""Images that occur more than once, or show nothing."""

import shutil

import numpy as np
import pytest
from PIL import Image

from tests.checks.pictures import again, checked, files, finding, folder, kinds, picture
from tests.data.datafiles import save

SPLITS = {"train/a": 15, "train/b": 15, "test/a": 8, "test/b": 8}


@pytest.fixture
def path(tmp_path):
    return folder(tmp_path / "set", SPLITS)


def test_one_image_under_two_labels(path) -> None:
    shutil.copy(path / "train/a/003.png", path / "train/b/copy.png")
    found = checked(path)
    assert kinds(found) == ["same-image-two-labels"]
    assert found.serious
    assert files(found, "same-image-two-labels") == [["train/a/003.png", "train/b/copy.png"]]


def test_pixels_count_and_not_bytes(path) -> None:
    picture(3).save(path / "train/b/copy.bmp")
    assert files(checked(path), "same-image-two-labels") == [["train/a/003.png", "train/b/copy.bmp"]]


def test_a_test_image_that_train_has(path) -> None:
    shutil.copy(path / "train/a/003.png", path / "test/a/one.png")
    shutil.copy(path / "train/a/003.png", path / "test/a/two.png")
    shutil.copy(path / "train/b/004.png", path / "test/b/three.png")
    found = checked(path)
    assert kinds(found) == ["image-in-two-splits"]
    assert found.serious
    assert "3 of 19 images of test" in found.findings[0].text
    assert "cut" not in found.findings[0].advice


def test_copies_in_one_split_are_not_serious(path) -> None:
    shutil.copy(path / "train/a/003.png", path / "train/a/copy.png")
    found = checked(path)
    assert kinds(found) == ["copies"]
    assert not found.serious


def test_copies_on_both_sides_of_a_cut(tmp_path) -> None:
    path = folder(tmp_path / "set", {"a": 30, "b": 30})
    for number in range(12):
        shutil.copy(path / f"a/{number:03d}.png", path / f"a/copy{number}.png")
    found = finding(checked(path), "image-in-two-splits")
    assert "cut from your images" in found.advice


@pytest.mark.parametrize("way", ["jpeg", "small", "bright"])
def test_near_copies(way: str, path) -> None:
    save(again(picture(3), way), path / "train/a/again.png")
    save(again(picture(20), way), path / "train/a/wrong.png")
    save(again(picture(4), way), path / "test/a/again.png")
    found = checked(path)
    assert kinds(found) == ["near-copy-two-labels", "near-copy-in-two-splits", "near-copies"]
    assert not found.serious
    assert files(found, "near-copy-two-labels") == [["train/a/wrong.png", "train/b/005.png"]]
    assert files(found, "near-copy-in-two-splits") == [["train/a/004.png", "test/a/again.png"]]
    assert files(found, "near-copies") == [["train/a/003.png", "train/a/again.png"]]


def test_blank_images_are_no_copies(path) -> None:
    for name, tone in {"train/a/white.png": 255, "train/b/white.png": 255, "test/a/gray.png": 90}.items():
        save(Image.fromarray(np.full((32, 32, 3), tone, np.uint8)), path / name)
    found = checked(path)
    assert kinds(found) == ["blank-images"]
    assert [one for (one,) in files(found, "blank-images")] == [
        "train/a/white.png",
        "train/b/white.png",
        "test/a/gray.png",
    ]
