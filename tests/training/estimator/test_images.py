"""Arrays become images in the way that the training's arrays decided."""

import numpy as np
import pytest

from convlet.errors import DataError
from convlet.system.watch import Watch
from convlet.training.estimator.images import Reader, _as_tiles

DRAW = np.random.default_rng(0)


def reader(arrays: np.ndarray, image_shape: object = None) -> Reader:
    return Reader.of(arrays, image_shape, Watch())


def test_images_of_bytes_stay_as_they_are() -> None:
    images = DRAW.integers(0, 256, (5, 8, 9, 3), dtype=np.uint8)
    assert reader(images).images(images) is images


@pytest.mark.parametrize(("white", "kind"), [(1, np.float32), (1, np.bool_), (16, np.float64), (255, np.int64)])
def test_numbers_are_stretched_as_in_training(white: int, kind: type) -> None:
    train = DRAW.integers(0, white + 1, (50, 8, 8)).astype(kind)
    train[0, 0, 0] = white
    found = reader(train).images(train[:1] if kind is np.bool_ else np.full((1, 8, 8), white, kind))
    assert found.dtype == np.uint8
    assert found.max() == 255


def test_dark_images_are_not_stretched_by_their_own_brightest_pixel() -> None:
    own = reader(np.linspace(0, 1, 640).reshape(10, 8, 8))
    assert own.images(np.full((1, 8, 8), 0.1)).max() == 26


def test_rows_are_squares_or_what_the_shape_says() -> None:
    rows = DRAW.integers(0, 256, (4, 108), dtype=np.uint8)
    assert reader(rows[:, :100]).images(rows[:, :100]).shape == (4, 10, 10)
    assert reader(rows, (12, 9)).images(rows).shape == (4, 12, 9)
    colored = reader(rows, (6, 6, 3)).images(rows)
    np.testing.assert_array_equal(colored, rows.reshape(4, 6, 6, 3))


@pytest.mark.parametrize(
    ("features", "image_shape", "words"),
    [
        (785, None, "785 features, which are no square image.*784 for 28x28.*image_shape"),
        (784, (28, 27), r"784 features; expected 756, the pixels of image_shape=\(28, 27\)"),
        (784, (28,), r"image_shape=\(28,\) is not a shape"),
        (784, "28x28", "image_shape='28x28' is not a shape"),
        (784, (2, 392), "at least 4 pixels a side"),
        (784, (14, 28, 2), "1 or 3 channels"),
        (784, (28.0, 28.0), "is not a shape"),
    ],
)
def test_what_is_no_image_is_refused(features: int, image_shape: object, words: str) -> None:
    with pytest.raises(DataError, match=words):
        reader(np.zeros((3, features), np.uint8), image_shape)


def test_later_images_have_the_shape_and_the_range_of_the_first() -> None:
    own = reader(DRAW.random((4, 8, 8)))
    with pytest.raises(DataError, match=r"shape \(2, 9, 8\); expected \(n, 8, 8\)"):
        own.images(np.zeros((2, 9, 8)))
    with pytest.raises(DataError, match="from 0 to 255; expected 0 to 1, as in train"):
        own.images(np.linspace(0, 255, 64).reshape(1, 8, 8))


def test_few_features_are_a_table_and_a_warning_says_so() -> None:
    rows = np.array([[-1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])
    with pytest.warns(UserWarning, match="2 features, fewer than the 64 pixels.*image_shape"):
        own = reader(rows)
    images = own.images(rows)
    assert images.shape == (3, 8, 8)
    assert [image[0, 0] for image in images] == [0, 255, 128]
    assert (own.images(np.array([[-9.0, 5.0], [9.0, 5.0]]))[:, 0, 0] == [0, 255]).all()  # beyond the training's


@pytest.mark.parametrize("features", [1, 2, 4, 5, 16, 17, 63])
def test_each_number_of_a_table_has_a_part_of_the_image(features: int) -> None:
    rows = np.arange(1, features + 1, dtype=np.uint8)[np.newaxis]
    (image,) = _as_tiles(rows)
    assert set(image.ravel().tolist()) - {0} == set(rows[0].tolist())
