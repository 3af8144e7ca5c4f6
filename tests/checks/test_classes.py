"""Classes that a split lacks, that are rare, or have few images."""

import pytest

from tests.checks.pictures import checked, finding, folder, kinds


def test_a_class_that_test_lacks(tmp_path) -> None:
    found = checked(folder(tmp_path / "set", {"train/a": 12, "train/b": 12, "test/a": 3}))
    assert finding(found, "missing-class").serious
    assert "test has no images of b" in finding(found, "missing-class").text


def test_a_class_that_validation_lacks(tmp_path) -> None:
    counts = {"train/a": 12, "train/b": 12, "val/b": 3, "test/a": 3, "test/b": 3}
    assert finding(checked(folder(tmp_path / "set", counts)), "missing-class").text == "validation has no images of a."


def test_a_class_too_small_to_be_cut_has_few_images_and_is_not_missing(tmp_path) -> None:
    found = checked(folder(tmp_path / "set", {"a": 30, "b": 1}))
    assert kinds(found) == ["imbalance", "few-images"]
    assert finding(found, "few-images").text == "Fewer than 10 training images: b (1)."
    assert not found.serious


@pytest.mark.parametrize(("rare", "found"), [(10, True), (11, False)])
def test_imbalance_begins_where_training_balances(rare: int, found: bool, tmp_path) -> None:
    path = folder(tmp_path / "set", {"train/a": 31, "train/b": rare, "test/a": 2, "test/b": 2})
    assert ("imbalance" in kinds(checked(path))) == found
