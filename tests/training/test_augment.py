import numpy as np
import pytest

import convlet
from convlet.training import augment

SIZE = 9


def changes(size: int = 200, **fields: float) -> np.ndarray:
    return augment.draw(convlet.recipe("tutorial", **fields), size, SIZE, SIZE, np.random.default_rng(0))


def changed(image: np.ndarray, **fields: float) -> np.ndarray:
    drawn = changes(**fields)
    return np.asarray(augment.apply(np.repeat(image[np.newaxis], len(drawn), axis=0), drawn))


@pytest.fixture
def image() -> np.ndarray:
    return np.random.default_rng(1).integers(50, 256, (SIZE, SIZE, 1), dtype=np.uint8)


@pytest.fixture
def dot() -> np.ndarray:
    made = np.zeros((SIZE, SIZE, 1), np.uint8)
    made[2, 5] = 200
    return made


def test_nothing_asked_for_changes_nothing(image: np.ndarray) -> None:
    assert not augment.augments(convlet.recipe("tutorial"))
    np.testing.assert_array_equal(changed(image), np.repeat(image[np.newaxis], 200, axis=0))


def test_a_shift_moves_both_ways_and_no_further(dot: np.ndarray) -> None:
    moved = changed(dot, shift=2)
    rows, columns = np.nonzero(moved.max(axis=0)[..., 0])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (0, 4, 3, 7)


def test_a_rotation_keeps_the_middle_and_stays_within_its_angle(dot: np.ndarray) -> None:
    middle = np.zeros_like(dot)
    middle[SIZE // 2, SIZE // 2] = 200
    assert (changed(middle, rotation=90)[:, SIZE // 2, SIZE // 2] > 190).all()
    weights = changed(dot, rotation=30).astype(float)[..., 0]
    y, x = np.mgrid[:SIZE, :SIZE] - SIZE // 2
    angles = np.degrees(np.arctan2((weights * y).sum(axis=(1, 2)), (weights * x).sum(axis=(1, 2)))) - np.degrees(np.arctan2(-2, 1))
    assert np.abs(angles).max() < 33
    assert angles.min() < -20
    assert angles.max() > 20


@pytest.mark.parametrize(("field", "value"), [("zoom", 0.5), ("shear", 30), ("shift", 1), ("rotation", 20)])
def test_every_change_varies_from_image_to_image_and_keeps_the_form(field: str, value: float, image: np.ndarray) -> None:
    made = changed(image, **{field: value})
    assert (made.shape, made.dtype) == ((200, SIZE, SIZE, 1), np.uint8)
    assert len(np.unique(made.reshape(200, -1), axis=0)) > 150


def test_a_zoom_is_about_its_fraction() -> None:
    drawn = changes(2000, zoom=0.25)
    for column in (0, 4):
        assert 1 / 1.25 - 1e-6 <= drawn[:, column].min() < 0.82
        assert 1.2 < drawn[:, column].max() <= 1.25 + 1e-6


def test_erasing_blackens_one_box_in_its_fraction_of_the_images(image: np.ndarray) -> None:
    made = changed(image, erasing=0.5)
    black = (made == 0)[..., 0]
    boxed = black.any(axis=(1, 2))
    assert 70 < boxed.sum() < 130
    for spot in black[boxed]:
        rows, columns = np.flatnonzero(spot.any(axis=1)), np.flatnonzero(spot.any(axis=0))
        assert spot.sum() == len(rows) * len(columns) == (np.ptp(rows) + 1) * (np.ptp(columns) + 1)
        assert max(len(rows), len(columns)) <= SIZE / 3
    np.testing.assert_array_equal(made[~boxed], np.repeat(image[np.newaxis], (~boxed).sum(), axis=0))
