import numpy as np
import pytest
from PIL import Image

import convlet
from convlet.data import Split
from convlet.training.augmentation.outliers import draw, with_outliers
from tests.data.datafiles import save

DIGITS, LETTERS = ("0", "1", "2"), ("a", "b", "c")


@pytest.fixture
def split(strokes: np.ndarray) -> Split:
    return Split(strokes[:200], np.arange(200) % 3)


def added(split: Split, names: tuple[str, ...] = LETTERS, **fields) -> Split:
    recipe = convlet.recipe("tutorial", **{"outliers": 0.5, "reading": "light-ink", **fields})
    return with_outliers(split, recipe, names, 20 / 28)


def test_they_follow_the_split_labeled_as_none_of_its_classes(split: Split) -> None:
    made = added(split, DIGITS)
    assert len(made) == 300
    np.testing.assert_array_equal(made.images[:200], split.images)
    assert (made.labels[200:] == 3).all()
    assert made.images.dtype == np.uint8


@pytest.mark.parametrize("reading", ["light-ink", "picture"])
def test_images_of_files_get_outliers_too(reading: str, tmp_path) -> None:
    for number in range(8):
        save(Image.new("RGB", (16, 16), (30 * number, 0, 90)), tmp_path / "ab"[number % 2] / f"{number}.png")
    files = convlet.load(tmp_path).train
    assert files.files is not None
    made = added(files, reading=reading)
    assert len(made.take(np.arange(len(made)))) == len(files) + (4_000 if reading == "picture" else 0.5 * len(files))


def test_without_outliers_the_split_stays(split: Split) -> None:
    assert added(split, outliers=0) is split


def test_one_seed_draws_the_same_and_another_others(split: Split) -> None:
    one, same, other = (added(split, seed=seed).images for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, same)
    assert (one[200:] != other[200:]).any()


def test_dark_ink_gets_dark_outliers(split: Split) -> None:
    dark = added(Split(255 - split.images, split.labels), reading="dark-ink")
    np.testing.assert_array_equal(dark.images, 255 - added(split).images)


def test_they_are_of_many_kinds_and_hardly_any_is_like_another(split: Split) -> None:
    made = draw(400, split.images[..., 0], 20 / 28, np.random.default_rng(3))
    assert made.shape == (400, 28, 28)
    assert len(np.unique(made.reshape(400, -1), axis=0)) > 380
    characters = made[:200]
    rows, columns = (np.ptp(np.nonzero(one)[axis]) + 1 for one in characters[:1] for axis in (0, 1))
    assert max(rows, columns) in range(17, 24)  # as large as a digit
    assert (characters[:, [0, -1]] == 0).mean() > 0.95  # and placed like one
    fields = made[-80:]
    assert (fields.std(axis=(1, 2)) < 1).any()  # an empty ground
    assert np.median(fields.mean(axis=(1, 2))) > 60  # most are no ink on black


@pytest.mark.parametrize("shape", [(8, 8), (17, 40), (64, 64)])
def test_of_any_shape(shape: tuple[int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (20, *shape), dtype=np.uint8)
    assert draw(61, images, 0.7, np.random.default_rng(0)).shape == (61, *shape)


def test_letters_are_outliers_of_digits_alone(split: Split) -> None:
    digits, letters = (added(split, names, outliers=1).images[200:] for names in (DIGITS, LETTERS))
    kinds = slice(50, 100)  # where letters would be
    assert (digits[kinds] != letters[kinds]).any(axis=(1, 2, 3)).mean() > 0.9
    assert (digits[kinds].max(axis=(1, 2, 3)) > 200).all()


def test_gray_ink_in_three_channels_gets_three(split: Split) -> None:
    made = added(Split(split.images.repeat(3, axis=-1), split.labels), DIGITS, outliers=0.1).images[200:]
    assert made.shape == (20, 28, 28, 3)
    np.testing.assert_array_equal(made[..., 0], made[..., 2])
