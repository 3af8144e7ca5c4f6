import numpy as np
import pytest

import convlet
from convlet.training.augmentation.augment import Augmentation

SHAPE = (20, 30)


def mixed(count: int, **fields) -> tuple[np.ndarray, np.ndarray]:
    """Images, each of one level that is its own label, and their labels."""
    augmentation = Augmentation(convlet.recipe("tutorial", **fields))
    drawn = augmentation.draw(count, *SHAPE, np.random.default_rng(0))
    numbers = np.arange(count)
    images = np.broadcast_to(numbers.astype(np.uint8).reshape(-1, 1, 1, 1), (count, *SHAPE, 1))
    return tuple(np.asarray(values) for values in augmentation.apply(images, numbers, drawn))


@pytest.mark.parametrize("reading", ["light-ink", "dark-ink", "picture"])
def test_a_box_shows_the_image_before_and_the_label_says_how_much_of_it(reading: str) -> None:
    images, labels = mixed(200, mixing=1, reading=reading)
    own, other, part = labels.T
    np.testing.assert_array_equal(own, np.arange(200))
    np.testing.assert_array_equal(other, np.roll(own, 1))
    theirs = images[..., 0] == other.reshape(-1, 1, 1)
    np.testing.assert_array_equal(theirs | (images[..., 0] == own.reshape(-1, 1, 1)), True)
    np.testing.assert_allclose(part, theirs.mean(axis=(1, 2)), rtol=1e-5)
    for spot in theirs[part > 0]:
        rows, columns = np.flatnonzero(spot.any(axis=1)), np.flatnonzero(spot.any(axis=0))
        assert spot.sum() == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)


def test_any_part_is_as_likely_and_any_place() -> None:
    images, labels = mixed(250, mixing=1)
    parts = np.sort(labels[:, 2])
    assert np.abs(parts - np.linspace(0, 1, 250)).max() < 0.12
    shown = (images[..., 0] == labels[:, 1].reshape(-1, 1, 1)).mean(axis=0)
    assert shown.min() > 0.05
    np.testing.assert_allclose(shown, shown[::-1, ::-1], atol=0.2)


def test_the_other_images_stay_whole() -> None:
    images, labels = mixed(250, mixing=0.3)
    whole = labels[:, 2] == 0
    assert 0.6 < whole.mean() < 0.8
    assert (images[whole] == np.arange(250, dtype=np.uint8)[whole].reshape(-1, 1, 1, 1)).all()
