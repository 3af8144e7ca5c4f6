"""Split, Dataset and the cuts, on arrays."""

import numpy as np
import pytest

from convlet.data import Dataset, Split
from convlet.data.dataset import cut, make_dataset
from tests.data.datafiles import TEST, TRAIN, Pictures, assert_refused, pictures


def split(given: Pictures, name: str = "these") -> Split:
    return Split(given.images, given.labels, name=name)


@pytest.fixture
def data() -> Dataset:
    return make_dataset("set", "/set", split(TRAIN), lambda: split(TEST))


def test_grey_images_get_a_channel_axis():
    assert split(TRAIN).image_shape == (6, 6, 1)
    assert len(split(TRAIN)) == 40


def test_labels_in_a_column_or_of_another_whole_type():
    labels = Split(TRAIN.images, TRAIN.labels[:, np.newaxis].astype(np.uint8)).labels
    assert labels.dtype == np.int64
    np.testing.assert_array_equal(labels, TRAIN.labels)


def test_the_hash_tells_pixels_labels_order_and_shape_apart():
    others = [
        Split(TRAIN.images ^ 1, TRAIN.labels),
        Split(TRAIN.images, TRAIN.labels[::-1]),
        Split(TRAIN.images[::-1], TRAIN.labels),
        Split(TRAIN.images.reshape(40, 4, 9), TRAIN.labels),
        split(TRAIN),
    ]
    assert len({other.sha256 for other in others}) == len(others)


def test_the_hash_is_of_values_and_not_of_how_they_lie_in_memory():
    apart = Split(np.asfortranarray(TRAIN.images), np.stack([TRAIN.labels, TRAIN.labels], axis=1)[:, 0])
    assert apart.sha256 == split(TRAIN).sha256


def test_take_keeps_the_order_asked_for():
    taken = split(TRAIN).take(np.array([3, 1]))
    np.testing.assert_array_equal(taken.images[..., 0], TRAIN.images[[3, 1]])
    np.testing.assert_array_equal(taken.labels, TRAIN.labels[[3, 1]])


def test_counts_that_differ_name_the_data():
    assert_refused(lambda: Split(TRAIN.images, TEST.labels, name="these"), "these", "40 images", "12 labels")


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
    assert_refused(lambda: make_dataset("set", "/set", one, lambda: one), "set", "1 class", "at least 2")


def test_two_classes_of_one_name():
    assert_refused(
        lambda: make_dataset("set", "/set", split(TRAIN), None, class_names=["ant", "bee", "bee"]), "set", "'bee'"
    )


@pytest.mark.parametrize("fraction", [0.1, 0.2, 0.25, 0.5])
def test_a_cut_takes_its_fraction_rounded_up(fraction: float):
    rest, part = cut(split(TRAIN), fraction)
    assert len(part) == np.ceil(40 * fraction)
    assert len(rest) + len(part) == 40


def test_a_cut_keeps_the_order():
    rest, part = cut(split(TRAIN), 0.25)
    places = {image.tobytes(): place for place, image in enumerate(TRAIN.images)}
    for piece in (rest, part):
        order = [places[image.tobytes()] for image in piece.images]
        assert order == sorted(order)


def test_a_cut_depends_on_the_labels_alone():
    other = pictures((20, 13, 7), seed=9)
    _, part = cut(split(TRAIN), 0.25)
    _, same = cut(Split(other.images, TRAIN.labels), 0.25)
    places = {image.tobytes(): place for place, image in enumerate(TRAIN.images)}
    np.testing.assert_array_equal(same.images[..., 0], other.images[[places[image.tobytes()] for image in part.images]])


def test_a_cut_is_random_within_a_class():
    _, part = cut(Split(TRAIN.images, np.zeros(40, int)), 0.5)
    first, last = TRAIN.images[:20, ..., np.newaxis], TRAIN.images[20:, ..., np.newaxis]
    assert not np.array_equal(part.images, first)
    assert not np.array_equal(part.images, last)


def test_a_class_of_one_image_keeps_it():
    given = pictures((10, 1), seed=5)
    rest, part = cut(split(given), 0.9)
    assert np.bincount(rest.labels).tolist() == [1, 1]
    assert np.bincount(part.labels).tolist() == [9]


def test_too_few_to_cut():
    given = pictures((1, 1, 1), seed=6)
    assert_refused(lambda: cut(split(given), 0.2), "these", "3 images in 3 classes", "too few")


def test_with_validation_leaves_the_first_data_set_alone(data: Dataset):
    before = data.train.sha256
    both = data.with_validation(0.2)
    assert data.validation is None
    assert data.train.sha256 == before
    assert (both.name, both.source, both.class_names) == (data.name, data.source, data.class_names)
