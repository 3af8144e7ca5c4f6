import numpy as np
import pytest

import convlet
from convlet.data import Dataset, Split, disk
from convlet.training.settled import form_of, settled


def data(images: np.ndarray) -> Dataset:
    split = Split(images, np.arange(len(images)) % 2)
    return Dataset(name="made", source="made", class_names=("a", "b"), train=split, open_test=lambda: split)


@pytest.fixture
def ink() -> Dataset:
    random = np.random.default_rng(0)
    images = np.zeros((300, 28, 28, 1), np.uint8)
    for image in images:
        column = random.integers(12, 15)
        image[4:24, column : column + 3] = 255
        image[22:24, 9:19] = 255
    return data(images)


@pytest.fixture
def pictures() -> Dataset:
    return data(np.random.default_rng(0).integers(0, 256, (300, 28, 28, 3), dtype=np.uint8))


INKY = {"top_hat": 11, "thickness": 0.5, "clutter": 0.3, "outliers": 0.1}


def test_ink_is_found_and_its_colour(ink: Dataset) -> None:
    assert settled(convlet.recipe("tutorial"), ink)[0].reading == "light-ink"
    assert settled(convlet.recipe("tutorial"), data(255 - ink.train.images))[0].reading == "dark-ink"


def test_what_is_made_for_ink_is_left_away_where_there_is_none(ink: Dataset, pictures: Dataset) -> None:
    recipe = convlet.recipe("tutorial", noise=0.1, **INKY)
    plain, _ = settled(recipe, pictures)
    assert (plain.reading, plain.top_hat, plain.thickness, plain.clutter, plain.outliers, plain.noise) == (
        "picture",
        0,
        0,
        0,
        0,
        0.1,
    )
    kept, _ = settled(recipe, ink)
    assert (kept.top_hat, kept.thickness, kept.clutter, kept.outliers) == (11, 0.5, 0.3, 0.1)


def test_small_images_have_no_room_for_a_top_hat(digits) -> None:
    assert settled(convlet.recipe("tutorial", **INKY), digits)[0].top_hat == 0


def test_a_reading_that_is_named_holds(ink: Dataset, pictures: Dataset) -> None:
    assert settled(convlet.recipe("tutorial", reading="picture", **INKY), ink)[0].outliers == 0
    assert form_of(convlet.recipe("tutorial", reading="picture"), ink).kind == "picture"
    assert settled(convlet.recipe("tutorial", reading="dark-ink"), ink)[0].reading == "dark-ink"
    form = form_of(convlet.recipe("tutorial", reading="dark-ink"), pictures)
    assert (form.kind, form.light) == ("ink", False)


def test_data_on_disk_are_trained_without_outliers_and_that_is_said(ink: Dataset, tmp_path, monkeypatch) -> None:
    np.savez(tmp_path / "ink.npz", images=ink.train.images, labels=ink.train.labels)
    monkeypatch.setattr(disk, "IN_MEMORY", 0)
    recipe, notes = settled(convlet.recipe("tutorial", **INKY), convlet.load(str(tmp_path / "ink.npz")))
    assert (recipe.outliers, recipe.clutter) == (0, 0.3)
    assert "without outliers" in notes[1]
    assert len(settled(convlet.recipe("tutorial", **INKY), ink)[1]) == 1


def test_nothing_is_left_to_be_settled_again(ink: Dataset) -> None:
    recipe, _ = settled(convlet.recipe("fast", **INKY), ink)
    assert settled(recipe, ink)[0] == recipe
    assert isinstance(recipe.replicas, int)
    assert recipe.precision in ("float32", "bfloat16")


def test_a_top_hat_that_would_change_the_images_is_left_away(ink: Dataset) -> None:
    recipe = convlet.recipe("tutorial", **INKY)
    faint = data((ink.train.images * 0.4).astype(np.uint8))
    broad = np.zeros_like(ink.train.images)
    broad[:, 4:24, 6:20] = 255
    assert settled(recipe, faint)[0].top_hat == 0
    assert settled(recipe.changed(reading="light-ink"), data(broad))[0].top_hat == 0
    large = data(ink.train.images.repeat(4, axis=1).repeat(4, axis=2))
    assert settled(recipe, large)[0].top_hat == 11
