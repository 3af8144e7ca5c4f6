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
        ("letters", "ink", 5_000, 28, 26, "balanced"),
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


def test_the_reason_has_the_figures() -> None:
    assert "5,000 training images in 26 classes" in suited("letters", "ink", 5_000, 28, 26).why
    assert "pictures" in suited("photographs", "picture", 12, 64, 3).why
