from string import ascii_letters

import numpy as np
import pytest

import convlet
from convlet.data import Split
from convlet.training.augmentation.outliers import _LETTER, _fonts, draw, with_outliers


@pytest.fixture
def split() -> Split:
    random = np.random.default_rng(0)
    images = np.zeros((200, 28, 28, 1), np.uint8)
    for image in images:
        column = random.integers(8, 18)
        image[4:24, column : column + 3] = 255
    return Split(images, random.integers(0, 3, 200))


def test_so_many_follow_the_split_labelled_as_none_of_its_classes(split: Split) -> None:
    recipe = convlet.recipe("tutorial", outliers=0.5, reading="light-ink")
    made = with_outliers(split, recipe, ("0", "1", "2"), 20 / 28)
    assert len(made) == 300
    np.testing.assert_array_equal(made.images[:200], split.images)
    assert (made.labels[200:] == 3).all()
    assert made.images.dtype == np.uint8


def test_none_asked_for_none_added(split: Split) -> None:
    assert with_outliers(split, convlet.recipe("tutorial"), ("a", "b", "c"), 20 / 28) is split


def test_one_seed_draws_the_same_and_another_others(split: Split) -> None:
    one, same, other = (
        with_outliers(
            split, convlet.recipe("tutorial", outliers=0.1, seed=seed, reading="light-ink"), ("a", "b", "c"), 20 / 28
        ).images
        for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert (one[200:] != other[200:]).any()


def test_dark_ink_gets_dark_outliers(split: Split) -> None:
    light = with_outliers(
        split, convlet.recipe("tutorial", outliers=0.5, reading="light-ink"), ("a", "b", "c"), 20 / 28
    )
    turned = Split(255 - split.images, split.labels)
    dark = with_outliers(turned, convlet.recipe("tutorial", outliers=0.5, reading="dark-ink"), ("a", "b", "c"), 20 / 28)
    np.testing.assert_array_equal(dark.images, 255 - light.images)


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
    recipe = convlet.recipe("tutorial", outliers=1, reading="light-ink")
    digits, letters = (
        with_outliers(split, recipe, names, 20 / 28).images[200:] for names in (("0", "1", "2"), ("a", "b", "c"))
    )
    kinds = slice(50, 100)  # where letters would be
    assert (digits[kinds] != letters[kinds]).any(axis=(1, 2, 3)).mean() > 0.9
    assert (digits[kinds].max(axis=(1, 2, 3)) > 200).all()


def test_no_letter_is_cut_off() -> None:
    from PIL import Image, ImageDraw

    fonts = _fonts()
    assert len(fonts) > 10
    for font in fonts:
        for letter in ascii_letters:
            image = Image.new("L", (2 * _LETTER, 2 * _LETTER))
            ImageDraw.Draw(image).text((_LETTER // 2, _LETTER // 3), letter, fill=255, font=font)
            left, top, right, bottom = image.getbbox()
            assert min(left, top) > 0
            assert max(right, bottom) < 2 * _LETTER


def test_grey_ink_in_three_channels_gets_three(split: Split) -> None:
    coloured = Split(split.images.repeat(3, axis=-1), split.labels)
    made = with_outliers(
        coloured, convlet.recipe("tutorial", outliers=0.1, reading="light-ink"), ("0", "1", "2"), 20 / 28
    ).images[200:]
    assert made.shape == (20, 28, 28, 3)
    np.testing.assert_array_equal(made[..., 0], made[..., 2])
