"""Split and its subsets, on arrays."""

import numpy as np
import pytest

from convlet.data import Split
from convlet.data.split import cut
from tests.data.datafiles import TEST, TRAIN, Pictures, assert_refused, pictures


def split(given: Pictures, name: str = "these") -> Split:
    return Split(given.images, given.labels, name=name)


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
    assert_refused(lambda: cut(split(given), 0.2), "these", "too few images to split (3)", "no class has 2")
