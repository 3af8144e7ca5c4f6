import numpy as np
import pytest

import convlet
from convlet.data import Split
from convlet.training.augmentation import no_pictures, textures
from convlet.training.augmentation.no_pictures import draw_pictures
from convlet.training.augmentation.outliers import with_outliers

DRAWN = (
    textures.noise,
    textures.clouds,
    textures.patterns,
    textures.cells,
    textures.gradients,
    textures.shapes,
    textures.drawings,
)


def pictures(n: int, *shape: int) -> np.ndarray:
    """Light pictures, so that anything dark comes from elsewhere."""
    return np.random.default_rng(0).integers(150, 256, (n, *shape), dtype=np.uint8)


@pytest.mark.parametrize("shape", [(32, 32, 3), (20, 48, 1), (8, 8, 3), (64, 64, 1)])
def test_of_any_shape_and_hardly_any_is_like_another(shape: tuple[int, int, int]) -> None:
    made = draw_pictures(161, pictures(30, *shape), np.random.default_rng(3))
    assert made.shape == (161, *shape)
    assert made.dtype == np.uint8
    assert len(np.unique(made.reshape(161, -1), axis=0)) > 150
    assert made.min() == 0
    assert made.max() == 255


@pytest.mark.parametrize("shape", [(1, 8, 3), (8, 1, 1), (2, 2, 3), (4, 4, 1)])
def test_of_the_smallest_pictures_too(shape: tuple[int, int, int]) -> None:
    assert draw_pictures(40, pictures(5, *shape), np.random.default_rng(3)).shape == (40, *shape)


def test_a_tenth_is_flat_or_nearly_and_a_tenth_is_loud() -> None:
    made = draw_pictures(400, pictures(30, 32, 32, 3), np.random.default_rng(3))
    spread = made.std(axis=(1, 2)).mean(axis=1)
    assert (spread < 15).mean() > 0.05
    assert (spread > 80).mean() > 0.05


@pytest.mark.parametrize("draw", DRAWN)
def test_what_is_drawn_is_in_range_and_in_color_or_gray(draw) -> None:
    made = draw(60, (24, 32, 3), np.random.default_rng(1))
    assert made.shape == (60, 24, 32, 3)
    assert made.dtype == np.float32
    assert made.min() >= 0
    assert made.max() <= 255
    assert np.ptp(made.mean(axis=(1, 2)), axis=1).max() > 40  # some in color
    assert draw(3, (24, 32, 1), np.random.default_rng(1)).shape == (3, 24, 32, 1)


def test_pieces_come_from_the_training_images() -> None:
    made = draw_pictures(100, pictures(30, 16, 16, 3), np.random.default_rng(0))[:12]  # the first kind
    assert made.min() >= 150


@pytest.mark.slow
def test_a_split_of_pictures_gets_them_by_its_seed() -> None:
    split = Split(pictures(50, 16, 16, 3), np.arange(50) % 2)
    recipe = convlet.recipe("tutorial", outliers=0.5, reading="picture")
    one, same = (with_outliers(split, recipe, ("a", "b"), 0.7) for _ in range(2))
    assert len(one) == 50 + 4_000  # an epoch shows 25 of them
    assert (one.labels[50:] == 2).all()
    np.testing.assert_array_equal(one.images, same.images)
    other = with_outliers(split, recipe.changed(seed=2), ("a", "b"), 0.7)
    assert (one.images[50:] != other.images[50:]).any()


@pytest.mark.slow
def test_large_pictures_get_fewer_of_them_than_small_ones() -> None:
    recipe = convlet.recipe("tutorial", outliers=0.5, reading="picture")
    for side, count in ((64, 1_024), (128, 256)):
        split = Split(pictures(20, side, side, 1), np.arange(20) % 2)
        assert len(with_outliers(split, recipe, ("a", "b"), 0.7)) == 20 + count


def test_half_of_the_materials_are_one_piece_and_its_mirror_images() -> None:
    made = no_pictures._material(60, pictures(30, 64, 64, 1), np.random.default_rng(4))

    def repeats(image: np.ndarray, piece: int) -> bool:
        return np.allclose(image[:, 2 * piece :], image[:, : -2 * piece], atol=1e-3)

    most = max(np.mean([repeats(image, piece) for image in made]) for piece in range(8, 32))
    assert 0.3 < most < 0.7


def test_half_of_the_materials_have_two_colors_and_what_is_between_them() -> None:
    given = np.random.default_rng(0).integers(0, 256, (30, 24, 24, 3), dtype=np.uint8)
    made = no_pictures._material(200, given, np.random.default_rng(0))
    pixels = made.reshape(200, -1, 3) - made.mean(axis=(1, 2)).reshape(200, 1, 3)
    spread = np.linalg.svd(pixels, compute_uv=False)
    on_a_line = spread[:, 1] < 0.01 * np.maximum(spread[:, 0], 1)
    assert 70 < on_a_line.sum() < 130
    assert no_pictures._material(3, given[..., :1], np.random.default_rng(0)).shape == (3, 24, 24, 1)
