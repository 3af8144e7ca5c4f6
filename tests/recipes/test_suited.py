"""Which recipe is chosen for which data."""

import pytest

from convlet.recipes import RECIPES
from convlet.recipes.suited import suited


@pytest.mark.parametrize(
    ("dataset", "kind", "images", "side", "classes", "recipe"),
    [
        ("mnist", "ink", 60_000, 28, 10, "tutorial"),
        ("digits", "ink", 1_437, 8, 10, "small-data"),
        ("icons", "picture", 1_437, 15, 10, "small-data"),
        ("letters", "ink", 100, 28, 26, "accurate"),
        ("letters", "ink", 4_999, 16, 26, "accurate"),
        ("letters", "ink", 29_999, 28, 26, "accurate"),
        ("letters", "ink", 30_000, 28, 26, "balanced"),
        ("letters", "ink", 500_000, 28, 26, "balanced"),
        ("photographs", "picture", 12, 64, 3, "pictures-small"),
        ("photographs", "picture", 2_000, 32, 10, "pictures-small"),
        ("photographs", "picture", 2_001, 32, 10, "pictures"),
        ("photographs", "picture", 50_000, 32, 10, "pictures"),
        ("fashion-mnist", "picture", 60_000, 28, 10, "pictures"),
    ],
)
def test_the_recipe_that_suits(dataset: str, kind: str, images: int, side: int, classes: int, recipe: str) -> None:
    chosen = suited(dataset, kind, images, side, classes)
    assert chosen.recipe == recipe
    assert chosen.recipe in RECIPES


@pytest.mark.parametrize(("images", "side", "keep"), [(4_999, 28, "best"), (5_000, 28, None), (100, 8, "best")])
def test_a_training_on_few_images_keeps_its_best_epoch(images: int, side: int, keep: str | None) -> None:
    assert suited("letters", "ink", images, side, 26).changes.get("keep") == keep


@pytest.mark.parametrize(("images", "fraction"), [(10, 0.2), (100, 0.2), (160, 0.12), (200, None), (5_000, None)])
@pytest.mark.parametrize("kind", ["ink", "picture"])
def test_small_sets_are_validated_on_more_than_one_image(images: int, fraction: float | None, kind: str) -> None:
    assert suited("icons", kind, images, 28, 2).changes.get("validation_fraction") == fraction


@pytest.mark.parametrize(
    ("images", "epochs"), [(100, None), (1_999, None), (2_000, 22), (13_636, 22), (15_000, 20), (29_999, 11)]
)
def test_long_training_is_shortened_for_many_images(images: int, epochs: int | None) -> None:
    assert suited("letters", "ink", images, 28, 26).changes.get("epochs") == epochs


def test_the_reason_has_the_figures() -> None:
    assert "5,000 training images in 26 classes" in suited("letters", "ink", 5_000, 28, 26).why
    assert "pictures" in suited("photographs", "picture", 12, 64, 3).why
