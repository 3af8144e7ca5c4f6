"""One contract for all fifteen corruptions, what each is named after, and its stored results."""

from pathlib import Path

import numpy as np
import pytest

from convlet.errors import DataError, UsageError
from convlet.evaluation import CORRUPTIONS, corrupt


@pytest.fixture(scope="module")
def strokes() -> np.ndarray:
    """Upright bars of light ink, 4 wide and 16 high, in the middle of 28x28."""
    images = np.zeros((300, 28, 28, 1), np.uint8)
    images[:, 6:22, 12:16] = 250
    return images


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_contract(name: str, strokes) -> None:
    strokes = strokes[:30]
    before = strokes.copy()
    made = corrupt(strokes, name)
    assert made.shape == strokes.shape
    assert made.dtype == np.uint8
    assert (strokes == before).all()
    assert (made != strokes).any(axis=(1, 2, 3)).all()  # no image is left as it was
    assert (corrupt(strokes, name) == made).all()


@pytest.mark.parametrize(
    "name", [name for name in CORRUPTIONS if name not in ("scale", "brightness", "stripe", "canny_edges")]
)
def test_chance_follows_the_seed_and_differs_between_images(name: str, strokes) -> None:
    made = corrupt(strokes[:30], name)
    assert (corrupt(strokes[:30], name, seed=1) != made).any()
    assert len({image.tobytes() for image in made}) > 1


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("shape", [(3, 8, 8, 1), (2, 64, 48, 1), (0, 28, 28, 1)])
def test_other_sizes(name: str, shape: tuple[int, ...]) -> None:
    images = np.zeros(shape, np.uint8)
    images[:, 2:-2, 3:5] = 255
    assert corrupt(images, name).shape == shape


@pytest.mark.parametrize(
    "name", ["shot_noise", "shear", "scale", "rotate", "translate", "motion_blur", "glass_blur", "canny_edges"]
)
def test_black_stays_black_where_nothing_is_added(name: str) -> None:
    black = np.zeros((2, 28, 28, 1), np.uint8)
    assert not corrupt(black, name).any()


def test_strengths_are_the_papers(strokes) -> None:
    def mean(name: str, image: np.ndarray = strokes) -> float:
        return float(corrupt(image, name).mean())

    black = np.zeros_like(strokes)
    assert mean("impulse_noise", black) == pytest.approx(0.085 * 255, rel=0.03)
    assert (corrupt(black, "brightness") == 128).all()
    assert mean("scale") == pytest.approx(strokes.mean() * 0.7**2, rel=0.05)  # the ink covers half the area
    assert mean("stripe", black) == 255 / 2
    assert set(np.unique(corrupt(strokes, "shot_noise")[:, 6:22, 12:16])) == {0, 85, 170, 255}
    assert {tuple(np.argwhere(image[..., 0] > 200)[0]) for image in corrupt(strokes, "translate")} == {
        (3, 9),
        (3, 15),
        (9, 9),
        (9, 15),
    }
    assert 0.3 < corrupt(black + 255, "fog").mean() / 255 < 0.95


def test_rotation_turns_by_23_degrees_either_way(strokes) -> None:
    y, x = np.mgrid[:28, :28] - 13.5
    slopes = {
        round(float((image * x * y).sum() / (image * y * y).sum()), 1)
        for image in corrupt(strokes, "rotate")[..., 0] / 255
    }
    assert slopes == {-0.4, 0.4}


def test_lines_run_across(strokes) -> None:
    black = np.zeros_like(strokes)
    zigzag, dotted = (corrupt(black, name).max(axis=1)[..., 0] > 0 for name in ("zigzag", "dotted_line"))
    assert zigzag[:, 3:24].mean() > 0.95  # a tooth may stand out above the image
    assert (dotted[:, 2:26] == (np.arange(2, 26) // 2 % 2 == 1)).all()


def drawn(n: int, height: int, width: int) -> np.ndarray:
    """A bar, a disc, a slope and two dim edges of light ink, not symmetric, the same in every image."""
    y, x = np.mgrid[:height, :width] / np.reshape([height, width], (2, 1, 1))
    bar = (abs(x - 0.3) < 0.08) & (abs(y - 0.5) < 0.35)
    disc = np.clip(4 - 25 * np.hypot(x - 0.6, y - 0.4), 0, 1)
    slope = np.where(abs(y - 0.75) < 0.07, x, 0) * (x > 0.25)
    slope[0], slope[:, 0] = 0.4, 0.6
    image = np.rint(230 * np.maximum(np.maximum(bar, disc), slope)).astype(np.uint8)
    return np.tile(image[..., np.newaxis], (n, 1, 1, 1))


# Which corrupted images are stored: the first ones, and some of the next blocks computed.
KEPT = {"square": (drawn(300, 28, 28), [0, 1, 40, 299]), "wide": (drawn(2, 20, 36), [0, 1])}


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("size", KEPT)
def test_the_same_as_ever(name: str, size: str) -> None:
    """Accuracies under corruption are compared across versions, so the corrupted images stay the same.

    An intended change writes a new file:
    `np.savez_compressed("corrupted.npz", **{f"{name}-{size}": corrupt(images, name)[kept] for ...})`.
    """
    images, kept = KEPT[size]
    with np.load(Path(__file__).with_name("corrupted.npz")) as file:
        before = file[f"{name}-{size}"].astype(int)
    apart = np.abs(corrupt(images, name)[kept].astype(int) - before)
    assert (apart > 1).mean() < 0.002  # rounding differs between processors, and a few pixels lie next to a limit
    assert apart.mean() < 0.05


def test_an_unknown_name_lists_the_known(strokes) -> None:
    with pytest.raises(UsageError, match=r"'haze'.*shot_noise.*canny_edges"):
        corrupt(strokes, "haze")


@pytest.mark.parametrize(
    "images", [np.zeros((2, 28, 28, 3), np.uint8), np.zeros((2, 28, 28), np.uint8), np.zeros((2, 28, 28, 1))]
)
def test_other_images_are_refused(images: np.ndarray) -> None:
    with pytest.raises(DataError, match=r"\(n, height, width, 1\)"):
        corrupt(images, "fog")
