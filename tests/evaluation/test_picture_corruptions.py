"""One contract for all fifteen picture corruptions, and what each is named after."""

from pathlib import Path

import numpy as np
import pytest

from convlet.errors import DataError, UsageError
from convlet.evaluation import PICTURE_CORRUPTIONS, corrupt_pictures
from convlet.evaluation.image_operations import clouds

CHANCE = set(PICTURE_CORRUPTIONS) - {"defocus_blur", "zoom_blur", "brightness", "contrast", "pixelate", "jpeg"}


def scenes(n: int, height: int, width: int, channels: int) -> np.ndarray:
    """Clouds in color, whose spectrum is like that of photographs."""
    random = np.random.default_rng(1)
    made = np.stack([clouds((n, height, width), 1.4, random) for _ in range(channels)], axis=-1)
    made -= made.min(axis=(1, 2, 3), keepdims=True)
    return (40 + 170 * made / made.max(axis=(1, 2, 3), keepdims=True)).astype(np.uint8)


@pytest.fixture(scope="module")
def colored() -> np.ndarray:
    return scenes(40, 32, 32, 3)


@pytest.mark.parametrize("name", PICTURE_CORRUPTIONS)
def test_contract(name: str, colored: np.ndarray) -> None:
    before = colored.copy()
    apart = []
    for severity in range(1, 6):
        made = corrupt_pictures(colored, name, severity)
        assert made.shape == colored.shape
        assert made.dtype == np.uint8
        assert (made != colored).any(axis=(1, 2, 3)).all()  # no picture is left as it was
        np.testing.assert_array_equal(corrupt_pictures(colored, name, severity), made)
        apart.append(np.abs(made.astype(int) - colored).mean())
    np.testing.assert_array_equal(colored, before)
    steps = apart[::4] if name == "pixelate" else apart  # where its squares lie decides as much as their size
    assert (np.diff(steps) > 0).all()


@pytest.mark.parametrize("name", PICTURE_CORRUPTIONS)
@pytest.mark.parametrize("shape", [(20, 48, 1), (20, 48, 3), (16, 16, 1), (70, 64, 3)])
def test_other_sizes_in_gray_and_color(name: str, shape: tuple[int, int, int]) -> None:
    images = scenes(6, *shape)
    made = corrupt_pictures(images, name, 5)
    assert made.shape == images.shape
    assert (made != images).any(axis=(1, 2, 3)).all()
    assert corrupt_pictures(images[:0], name, 1).shape == (0, *shape)


@pytest.mark.parametrize("name", PICTURE_CORRUPTIONS)
def test_a_larger_copy_is_corrupted_as_much(name: str, colored: np.ndarray) -> None:
    if name in ("jpeg", "gaussian_noise", "shot_noise", "impulse_noise"):  # they work pixel by pixel, or in 8x8 blocks
        return
    large = colored.repeat(3, axis=1).repeat(3, axis=2)
    small, other = (
        np.abs(corrupt_pictures(images, name, 4) - images.astype(int)).mean() for images in (colored, large)
    )
    assert small / 2 < other < small * 2


@pytest.mark.parametrize("name", sorted(CHANCE))
def test_chance_follows_the_seed_and_differs_between_pictures(name: str, colored: np.ndarray) -> None:
    alike = colored[:1].repeat(20, axis=0)
    made = corrupt_pictures(alike, name, 3)
    assert (corrupt_pictures(alike, name, 3, seed=1) != made).any()
    assert len({image.tobytes() for image in made}) > 1


def test_each_picture_may_have_its_own_severity(colored: np.ndarray) -> None:
    severities = np.arange(40) % 5 + 1
    made = corrupt_pictures(colored, "contrast", severities)
    for severity in range(1, 6):
        chosen = severities == severity
        np.testing.assert_array_equal(made[chosen], corrupt_pictures(colored, "contrast", severity)[chosen])


@pytest.mark.parametrize("name", PICTURE_CORRUPTIONS)
def test_the_same_as_ever(name: str) -> None:
    """Accuracies under corruption are compared across versions, so the corrupted pictures stay the same.

    An intended change writes a new file: `np.savez_compressed("corrupted_pictures.npz", **{name: kept(name) ...})`.
    """
    with np.load(Path(__file__).with_name("corrupted_pictures.npz")) as file:
        before = file[name].astype(int)
    apart = np.abs(kept(name).astype(int) - before)
    assert (apart > 1).mean() < 0.005  # rounding differs between processors, and a few pixels lie next to a limit
    assert apart.mean() < 0.05


def kept(name: str) -> np.ndarray:
    """Return five pictures, each with another severity."""
    return corrupt_pictures(scenes(5, 16, 24, 3), name, np.arange(1, 6))


def test_strengths_are_the_papers(colored: np.ndarray) -> None:
    gray = np.full((50, 32, 32, 3), 128, np.uint8)
    assert (corrupt_pictures(gray, "gaussian_noise", 5) / 255).std() == pytest.approx(0.1, rel=0.02)
    assert (corrupt_pictures(gray, "shot_noise", 5) / 255).std() == pytest.approx((0.5 / 50) ** 0.5, rel=0.03)
    assert (corrupt_pictures(gray, "impulse_noise", 5) != 128).mean() == pytest.approx(0.07, rel=0.05)
    black, red = np.zeros((1, 8, 8, 3), np.uint8), np.zeros((1, 8, 8, 3), np.uint8)
    red[..., 0] = 100
    assert (corrupt_pictures(black, "brightness", 5) == 76).all()
    brighter = corrupt_pictures(red, "brightness", 5)
    assert np.abs(brighter[..., 0] - (100 + 0.3 * 255)).max() < 1  # hue and saturation stay
    assert not brighter[..., 1:].any()
    low = corrupt_pictures(colored, "contrast", 4).astype(float)
    assert low.std(axis=(1, 2)) == pytest.approx(0.3 * colored.std(axis=(1, 2)), abs=0.5)
    assert len(np.unique(corrupt_pictures(colored[:1], "pixelate", 5)[0].reshape(-1, 3), axis=0)) <= 20**2


def test_blurs_keep_a_flat_picture_and_the_weather_lights_it() -> None:
    gray = np.full((4, 32, 32, 1), 90, np.uint8)
    for name in ("defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "elastic", "pixelate", "contrast"):
        assert np.abs(corrupt_pictures(gray, name, 3).astype(int) - 90).max() <= 1, name
    for name in ("snow", "frost"):
        made = corrupt_pictures(gray, name, 3).astype(int)
        assert made.mean() > 95, name
        assert made.std() > 5, name
    assert corrupt_pictures(gray, "fog", 5).std() > 5


def test_frost_is_bluish_and_no_two_windows_are_alike() -> None:
    black = np.zeros((8, 32, 32, 3), np.uint8)
    made = corrupt_pictures(black, "frost", 5).astype(int)
    assert (made[..., 2] >= made[..., 0]).all()
    assert len({image.tobytes() for image in made}) == 8
    assert 0.1 < made.mean() / 255 < 0.5


@pytest.mark.parametrize(
    ("name", "severity", "says"),
    [("haze", 1, "'haze'.*gaussian_noise.*jpeg"), ("fog", 0, "from 1 to 5"), ("fog", 6, "6")],
)
def test_unknown_names_and_severities(name: str, severity: int, says: str, colored: np.ndarray) -> None:
    with pytest.raises(UsageError, match=says):
        corrupt_pictures(colored, name, severity)


@pytest.mark.parametrize(
    "images", [np.zeros((2, 8, 8, 4), np.uint8), np.zeros((8, 8, 3), np.uint8), np.zeros((2, 8, 8, 3))]
)
def test_other_images_are_refused(images: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"1 or 3"):
        corrupt_pictures(images, "fog", 1)
