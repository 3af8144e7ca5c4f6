"""A recipe is chosen from the data if none is given."""

import numpy as np
import pytest

import convlet
from convlet.data import Dataset, Split
from convlet.errors import UsageError
from convlet.training import choose_recipe


def test_digits_get_the_recipe_of_tiny_images_and_a_note_says_so(digits: Dataset) -> None:
    notes: list[str] = []
    chosen = choose_recipe(digits, convlet.Watch(on_note=notes.append), seed=7)
    assert (chosen.name, chosen.seed, chosen.keep) == ("small-data", 7, "best")
    assert notes == ["recipe small-data: the images are smaller than 16 pixels a side."]
    assert choose_recipe(digits, keep="last").keep == "last"


def test_ink_and_pictures_are_told_apart(strokes: np.ndarray) -> None:
    strokes[:, 22:24, 9:19] = 255
    ink = Split(np.tile(strokes, (17, 1, 1, 1)), np.arange(5_100) % 2)
    made = Dataset("made", "made", ink, ("a", "b"), lambda: ink)
    assert choose_recipe(made).name == "accurate"
    assert choose_recipe(made, reading="picture").name == "pictures"


def test_an_unknown_field_is_refused(digits: Dataset) -> None:
    with pytest.raises(UsageError, match="no field"):
        choose_recipe(digits, learning_speed=1)
