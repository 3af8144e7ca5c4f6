"""A run keeps a small sample of its training images, never of the test set."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from convlet.data import Dataset, Split
from convlet.errors import ModelError
from convlet.run import Run
from convlet.run.kept import KEPT, Kept, chosen


def rows(split: Split) -> set[bytes]:
    return {image.tobytes() for image in split.images[:]}


@pytest.fixture
def kept(run: Run) -> Kept:
    found = run.kept_images()
    assert found is not None
    return found


def test_a_run_keeps_images_that_it_trained_on_and_some_that_it_held_out(run: Run, digits: Dataset, kept: Kept) -> None:
    data = digits.with_validation(run.recipe.validation_fraction)
    assert data.validation is not None
    assert kept.held_out is not None
    assert rows(kept.trained) <= rows(data.train)
    assert rows(kept.held_out) <= rows(data.validation)
    assert not (rows(kept.trained) | rows(kept.held_out)) & rows(data.test)
    assert np.bincount(kept.trained.labels, minlength=10).min() > 0
    assert KEPT in run.manifest["files"]


@pytest.mark.parametrize("most", [4, 40])
def test_no_class_has_more_than_asked_for_and_the_choice_is_the_same(run: Run, digits: Dataset, most: int) -> None:
    data = digits.with_validation(0.2)
    one, again = (chosen(data, "validation", most, run.predictor()) for _ in range(2))
    assert one is not None
    assert again is not None
    assert one.held_out is not None
    together = np.concatenate([one.trained.labels, one.held_out.labels])
    assert np.bincount(together).tolist() == [most] * 10
    assert len(one) == 10 * most
    assert one.trained.sha256 == again.trained.sha256


def test_half_of_them_are_what_the_model_is_least_sure_of(run: Run, digits: Dataset) -> None:
    data = digits.with_validation(0.2)
    found = chosen(data, "validation", 40, run.predictor())
    assert found is not None
    sure = run.predictor().probabilities(data.train.images).max(axis=1)
    mine = run.predictor().probabilities(found.trained.images).max(axis=1)
    assert np.median(mine) < np.median(sure)


def test_an_image_with_a_wrong_label_is_no_hard_one(run: Run, digits: Dataset) -> None:
    data = digits.with_validation(0.2)
    labels = data.train.labels.copy()
    labels[:30] = (labels[:30] + 1) % 10
    wrong = rows(Split(data.train.images[:30], labels[:30]))
    swapped = replace(data, train=Split(data.train.images, labels))
    found = chosen(swapped, "validation", 40, run.predictor())
    assert found is not None
    assert len(rows(found.trained) & wrong) <= 10  # of 30, by chance


def test_none_are_kept_if_none_are_wanted_or_a_class_would_have_none(run: Run, digits: Dataset) -> None:
    assert chosen(digits.with_validation(0.2), "validation", 0, run.predictor()) is None


def test_a_model_that_was_validated_on_test_images_keeps_none_of_them(run: Run, digits: Dataset) -> None:
    found = chosen(digits, "test", 10, run.predictor())
    assert found is not None
    assert found.held_out is None
    assert not rows(found.trained) & rows(digits.test)


def test_what_was_written_is_read_and_damage_is_noticed(kept: Kept, tmp_path: Path) -> None:
    kept.write(tmp_path / KEPT)
    again = Kept.read(tmp_path / KEPT)
    assert again.trained.sha256 == kept.trained.sha256
    assert kept.held_out is not None
    assert again.held_out is not None
    assert again.held_out.sha256 == kept.held_out.sha256
    content = bytearray((tmp_path / KEPT).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / KEPT).write_bytes(content)
    with pytest.raises(ModelError, match=KEPT):
        Kept.read(tmp_path / KEPT)


def test_images_that_it_trained_on_are_not_called_held_out(run: Run, digits: Dataset) -> None:
    found = chosen(replace(digits, validation=digits.train), "validation", 10, run.predictor())
    assert found is not None
    assert found.held_out is None
