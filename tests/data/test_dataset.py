"""Dataset, on arrays."""

import numpy as np
import pytest

from convlet.data import Dataset, Split
from convlet.data.dataset import make_dataset
from tests.data.datafiles import TEST, TRAIN, Pictures, assert_refused


def split(given: Pictures, name: str = "these") -> Split:
    return Split(given.images, given.labels, name=name)


@pytest.fixture
def data() -> Dataset:
    return make_dataset("set", "/set", split(TRAIN), lambda: split(TEST))


def test_classes_are_the_labels_that_occur_in_train():
    shifted = Pictures(TRAIN.images, TRAIN.labels * 5 + 1)
    data = make_dataset("set", "/set", split(shifted), lambda: Split(TEST.images, TEST.labels * 5 + 1))
    assert data.class_names == ("1", "6", "11")
    np.testing.assert_array_equal(data.train.labels, TRAIN.labels)
    np.testing.assert_array_equal(data.test.labels, TEST.labels)


def test_a_validation_label_that_train_lacks():
    other = Split(TEST.images, TEST.labels + 1, name="its validation")
    assert_refused(
        lambda: make_dataset("set", "/set", split(TRAIN), None, validation=other),
        "its validation",
        "label 3",
        "0, 1, 2",
    )


@pytest.mark.parametrize("label", [-1, 3])
def test_a_label_outside_of_given_names_is_found_before_a_cut(label: int):
    labels = TRAIN.labels.copy()
    labels[11] = label
    wrong = Split(TRAIN.images, labels, name="these")
    assert_refused(
        lambda: make_dataset("set", "/set", wrong, None, class_names="abc"),
        "these",
        f"label {label} of image 11",
        "3 classes",
    )


def test_test_is_read_once():
    read = []
    data = make_dataset("set", "/set", split(TRAIN), lambda: read.append(1) or split(TEST))
    assert read == []
    assert data.test is data.test
    assert read == [1]


def test_splits_by_name(data: Dataset):
    assert data.split("train") is data.train
    assert data.split("test") is data.test
    cut_one = data.with_validation(0.2)
    assert cut_one.split("validation") is cut_one.validation


@pytest.mark.parametrize("name", ["validation", "tset"])
def test_no_such_split(data: Dataset, name: str):
    assert_refused(lambda: data.split(name), "set", f"no split '{name}'", "train, test")


def test_one_class():
    one = Split(TRAIN.images, TRAIN.labels * 0)
    data = make_dataset("set", "/set", one, lambda: one)  # one class can be taught to a trained model
    assert_refused(data.require_classes, "set", "1 class", "at least 2")


def test_two_classes_of_one_name():
    assert_refused(
        lambda: make_dataset("set", "/set", split(TRAIN), None, class_names=["ant", "bee", "bee"]), "set", "'bee'"
    )


def test_with_validation_leaves_the_first_data_set_alone(data: Dataset):
    before = data.train.sha256
    both = data.with_validation(0.2)
    assert data.validation is None
    assert data.train.sha256 == before
    assert (both.name, both.source, both.class_names) == (data.name, data.source, data.class_names)
