"""`convlet recipe`."""

import json
import tomllib

import pytest

from convlet.recipes import RECIPES, SETTINGS


def test_list(convlet) -> None:
    status, out, err = convlet("recipe", "list")
    assert status == 0
    assert all(name in out for name in RECIPES)
    assert err.splitlines()[-1].startswith("Next: convlet recipe show NAME")
    rows = json.loads(convlet("recipe", "list", "--json")[1])
    assert [row["name"] for row in rows] == list(RECIPES)
    assert rows[2]["learning_rate"] == RECIPES["fast"].learning_rate
    assert all(row["for"] for row in rows)


def test_show_prints_a_recipe_that_train_takes(convlet, tmp_path) -> None:
    status, out, _ = convlet("recipe", "show", "fast")
    assert status == 0
    assert tomllib.loads(out)["name"] == "fast"
    (tmp_path / "mine.toml").write_text(out)
    assert convlet("recipe", "show", "mine.toml")[1] == out
    found = json.loads(convlet("recipe", "show", "fast", "--json")[1])["recipe"]
    assert found["learning_rate"] == RECIPES["fast"].learning_rate
    assert found.keys() == SETTINGS.keys()


def test_show_of_a_run(convlet, run) -> None:
    assert tomllib.loads(convlet("recipe", "show", run.path)[1])["name"] == run.recipe.name


@pytest.mark.parametrize(("name", "near"), [("blanced", "balanced"), ("picture", "pictures"), ("Tutorail", "tutorial")])
def test_show_of_an_unknown_one_names_the_nearest(convlet, name: str, near: str) -> None:
    status, out, err = convlet("recipe", "show", name)
    assert (status, out) == (2, "")
    assert f"Did you mean {near}? The recipes are: tutorial," in err


def test_fields_explains_every_field(convlet) -> None:
    status, out, _ = convlet("recipe", "fields")
    assert status == 0
    lines = out.splitlines()
    assert [line.split()[0] for line in lines if not line.startswith(" ")] == list(SETTINGS)
    assert max(map(len, lines)) <= 100
    rows = json.loads(convlet("recipe", "fields", "--json")[1])
    assert [row["field"] for row in rows] == list(SETTINGS)
    assert {row["field"] for row in rows if row["flag"]} == {name for name, one in SETTINGS.items() if one.flag}


def test_fields_of_some_and_of_none(convlet) -> None:
    out = convlet("recipe", "fields", "batch-size", "dropout")[1]
    assert out.startswith("batch_size  (also --batch-size)\n  Images per step.")
    status, _, err = convlet("recipe", "fields", "dropot")
    assert status == 2
    assert "no field 'dropot'. Did you mean dropout? All of them, explained: convlet recipe fields" in err
