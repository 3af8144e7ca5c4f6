"""New images stand after those kept, under the names of all classes and in the model's form."""

from dataclasses import replace

import numpy as np
import pytest

from convlet.data import Dataset, Split
from convlet.errors import DataError
from convlet.run.kept import Kept
from convlet.run.taught import all_classes, joined
from convlet.signature import Form, Signature

SIGNATURE = Signature(
    input_shape=(28, 28, 1),
    class_names=("a", "b", "c"),
    dataset="letters",
    recipe="fast",
    preprocessing="/255",
    form=Form(kind="ink", light=True, box=0.7),
)


def stroke(count: int, tone: int = 255, ground: int = 0, side: int = 28) -> np.ndarray:
    """Upright strokes of one tone: uint8 (count, side, side)."""
    random = np.random.default_rng(count)
    images = np.full((count, side, side), ground, np.uint8)
    for image in images:
        left = int(random.integers(side // 3, side // 2))
        image[side // 7 : -side // 7, left : left + side // 10] = tone
    return images


def given(images: np.ndarray, labels: list[int], names: list[str], **options: object) -> Dataset:
    return Dataset.from_arrays(images, labels, class_names=names, test=(images, labels), **options)


@pytest.fixture
def kept() -> Kept:
    return Kept(Split(stroke(6), [0, 0, 1, 1, 2, 2]), Split(stroke(3), [0, 1, 2]))


def test_new_classes_stand_after_those_of_the_model() -> None:
    assert all_classes(("a", "b"), ("0", "b", "z")) == ("a", "b", "0", "z")


def test_classes_are_matched_by_name_and_the_kept_images_come_first(kept: Kept) -> None:
    found = joined(given(stroke(3), [0, 1, 1], ["b", "x"]), kept, SIGNATURE, 0.2)
    assert found.class_names == ("a", "b", "c", "x")
    assert found.train.labels.tolist() == [0, 0, 1, 1, 2, 2, 1, 3, 3]
    assert found.test.labels.tolist() == [1, 3, 3]
    assert found.validation is not None
    assert found.validation.labels.tolist() == [0, 1, 2]  # too few new ones to hold any out


def test_of_five_images_of_a_class_some_are_held_out(kept: Kept) -> None:
    found = joined(given(stroke(10), [0] * 5 + [1] * 5, ["b", "x"]), kept, SIGNATURE, 0.2)
    assert found.validation is not None
    assert found.validation.labels.tolist() == [0, 1, 2, 1, 3]
    assert np.bincount(found.train.labels).tolist() == [2, 6, 2, 4]


@pytest.mark.parametrize(("count", "trained"), [(1, 1), (2, 2), (4, 4), (10, 8), (48, 38)])
def test_each_of_a_few_images_is_taught_and_none_is_kept_back_for_a_test(kept: Kept, count: int, trained: int) -> None:
    data = Dataset.from_arrays(stroke(count), [0] * count, class_names=["b"])
    found = joined(data, kept, SIGNATURE, 0.2)
    assert found.validation is not None
    assert len(found.train) == 6 + trained
    assert len(found.train) + len(found.validation) == 9 + count
    with pytest.raises(DataError, match="arrays has no test images: each of these few was taught"):
        found.test  # noqa: B018


def test_of_many_images_a_fifth_is_a_test(kept: Kept) -> None:
    found = joined(Dataset.from_arrays(stroke(100), [0] * 100, class_names=["b"]), kept, SIGNATURE, 0.2)
    assert (len(found.train), len(found.test)) == (6 + 64, 20)


def test_validation_images_that_come_with_the_data_are_used(kept: Kept) -> None:
    data = replace(given(stroke(8), [0] * 8, ["b"]), validation=Split(stroke(2), [0, 0]))
    found = joined(data, kept, SIGNATURE, 0.2)
    assert found.validation is not None
    assert (len(found.train), len(found.validation)) == (6 + 8, 3 + 2)


def test_without_kept_images_and_with_few_new_ones_it_is_validated_on_what_it_trains_on() -> None:
    found = joined(given(stroke(2), [0, 1], ["a", "b"]), None, SIGNATURE, 0.2)
    assert found.validation is found.train


def test_dark_ink_is_turned_for_a_model_of_light_ink_in_every_split(kept: Kept) -> None:
    found = joined(given(stroke(40, 0, 255), [0] * 40, ["a"]), kept, SIGNATURE, 0.2)
    assert np.median(found.train.images[6:]) == 0
    assert np.median(found.test.images[:]) == 0


def test_images_of_another_size_are_brought_to_the_models(kept: Kept) -> None:
    found = joined(given(stroke(40, side=60), [0] * 40, ["a"]), kept, SIGNATURE, 0.2)
    assert found.image_shape == (28, 28, 1)
    assert found.test.image_shape == (28, 28, 1)


def test_what_was_joined_is_not_joined_again(kept: Kept) -> None:
    once = joined(given(stroke(3), [0, 1, 1], ["b", "x"]), kept, SIGNATURE, 0.2)
    assert joined(once, kept, SIGNATURE, 0.2) is once


@pytest.mark.parametrize("count", [10, 60])
def test_nor_is_it_where_nothing_was_kept(count: int) -> None:
    once = joined(Dataset.from_arrays(stroke(count), [0] * count, class_names=["b"]), None, SIGNATURE, 0.2)
    assert joined(once, None, SIGNATURE, 0.2) is once
