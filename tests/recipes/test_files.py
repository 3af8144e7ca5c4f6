from pathlib import Path

import pytest

from convlet.errors import RecipeError
from convlet.recipes import SETTINGS, parse_settings
from convlet.recipes.files import NAMES, named_file, read_values


@pytest.mark.parametrize("name", NAMES)
def test_the_file_of_a_named_recipe_is_whole_and_says_what_it_is_for(name: str) -> None:
    values = read_values(named_file(name))
    assert values["name"] == name
    assert list(values) == [field for field in SETTINGS if field in values]
    assert all(field in values for field, declared in SETTINGS.items() if declared.since == 1)
    assert named_file(name).read_text(encoding="utf-8").startswith("# ")


def test_every_file_is_a_named_recipe() -> None:
    assert {path.stem for path in named_file("fast").parent.iterdir()} == set(NAMES)


@pytest.mark.parametrize(("content", "words"), [(b"epochs =", "not a TOML file"), (b"\xff\xfe", "cannot read")])
def test_a_file_that_is_not_toml(content: bytes, words: str, tmp_path) -> None:
    (tmp_path / "recipe.toml").write_bytes(content)
    with pytest.raises(RecipeError, match=words):
        read_values(tmp_path / "recipe.toml")


def test_a_missing_file(tmp_path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.toml"):
        read_values(tmp_path / "nowhere.toml")


def test_settings_are_read_as_toml_and_else_as_text() -> None:
    given = {
        "epochs": "3",
        "filters": "[16, 32]",
        "dropout": "0.5",
        "zoom": ".25",
        "optimizer": "sgd",
        "name": '"mine"',
    }
    assert parse_settings(given) == {
        "epochs": 3,
        "filters": [16, 32],
        "dropout": 0.5,
        "zoom": 0.25,
        "optimizer": "sgd",
        "name": "mine",
    }


def test_a_file_that_never_ends_or_goes_too_deep(tmp_path) -> None:
    deep = tmp_path / "deep.toml"
    deep.write_text("name = " + "[" * 100_000)
    with pytest.raises(RecipeError, match="is not a TOML file"):
        read_values(deep)
    with pytest.raises(RecipeError, match="not a regular file"):
        read_values(Path("/dev/zero"))
    assert parse_settings({"filters": "[" * 5000})["filters"] == "[" * 5000
