"""Names of fields elsewhere."""

import pytest

from convlet.errors import RecipeError, UsageError
from convlet.recipes import SETTINGS, Recipe, recipe
from convlet.recipes.elsewhere import ELSEWHERE, like


def test_each_leads_to_a_field_and_is_none() -> None:
    assert set(ELSEWHERE.values()) <= SETTINGS.keys()
    assert not ELSEWHERE.keys() & SETTINGS.keys()


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("nb_epoch", "epochs"),
        ("lr", "learning_rate"),
        ("LR", "learning_rate"),
        ("batch", "batch_size"),
        ("dropout_rate", "dropout"),
        ("border-mode", "padding"),
        ("learnig_rate", "learning_rate"),
    ],
)
def test_an_error_names_ours(name: str, field: str) -> None:
    with pytest.raises(UsageError, match=f"no field '{name}'. Did you mean {field}\\?"):
        recipe("tutorial", **{name: 1})


def test_in_a_file_too(tmp_path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text('name = "mine"\nlr = 0.1\n')
    with pytest.raises(RecipeError, match=r"no field 'lr'. Did you mean learning_rate\?"):
        Recipe.from_toml(file)


def test_only_a_field_that_may_be_named_is() -> None:
    assert like("lr", ("epochs",)) == ""


@pytest.mark.parametrize(("field", "value", "near"), [("optimizer", "Adam", "adam"), ("padding", "SAME", "same")])
def test_a_value_spelled_otherwise(field: str, value: str, near: str) -> None:
    with pytest.raises(RecipeError, match=f"not '{value}'. Did you mean {near}\\?"):
        recipe("tutorial", **{field: value})
