import pytest

import convlet
from convlet.errors import RecipeError
from convlet.tuning.space import Range, Space

optuna = pytest.importorskip("optuna")
BASE = convlet.recipe("balanced")


def drawn(space: Space, seed: int = 0, count: int = 40) -> list[convlet.Recipe]:
    study = optuna.create_study(sampler=optuna.samplers.RandomSampler(seed=seed))
    return [space.recipe(study.ask()) for _ in range(count)]


def written(tmp_path, text: str) -> Space:
    file = tmp_path / "space.toml"
    file.write_text(text)
    return Space.from_toml(file, BASE)


def test_the_default_space_reaches_every_setting_of_the_issue() -> None:
    recipes = drawn(Space.default(BASE))
    for field in (
        "learning_rate",
        "batch_size",
        "epochs",
        "filters",
        "kernel_size",
        "strides",
        "pool",
        "dense_units",
        "dropout",
        "optimizer",
        "shift",
    ):
        assert len({getattr(recipe, field) for recipe in recipes}) > 1, field
    assert {len(recipe.filters) for recipe in recipes} == {2, 3, 4}


def test_every_drawn_net_can_be_built() -> None:
    for side in (8, 28):
        for recipe in drawn(Space.default(convlet.recipe("small-data")), count=4):
            convlet.build_model(recipe, (side, side, 1), 10)


def test_around_few_images_there_are_steps_enough_and_no_batch_is_larger_than_they() -> None:
    space = Space.default(convlet.recipe("pictures"), 20)
    assert (space.base.batch_size, space.base.epochs) == (16, 200)
    for recipe in drawn(space):
        assert recipe.batch_size <= 20
        assert recipe.epochs >= 66
        assert recipe.filters == space.base.filters  # only a convnet's layers are drawn
    assert len({recipe.learning_rate for recipe in drawn(space)}) > 1


def test_a_space_file_draws_what_it_says_and_fixes_the_rest(tmp_path) -> None:
    space = written(
        tmp_path,
        'optimizer = "sgd"\nkernel_size = {choices = [3, 5]}\nlearning_rate = {low = 1e-3, high = 1e-2, log = true}\n',
    )
    recipes = drawn(space)
    assert {(recipe.optimizer, recipe.filters) for recipe in recipes} == {("sgd", BASE.filters)}
    assert {size for recipe in recipes for size in recipe.kernel_size} == {3, 5}
    rates = [recipe.learning_rate for recipe in recipes]
    assert 1e-3 <= min(rates) < 2e-3
    assert 5e-3 < max(rates) <= 1e-2


def test_a_space_is_what_it_was_after_a_file(tmp_path) -> None:
    space = Space.default(BASE)
    again = written(tmp_path, space.to_toml())
    assert drawn(again, count=5) == drawn(space, count=5)


def test_the_base_comes_first_as_far_as_it_is_in_the_space() -> None:
    values = Space.default(BASE).base_values()
    assert (values["filters.1"], values["filters.2"]) == (24, 48)
    assert values["learning_rate"] == BASE.learning_rate
    assert "dropout" in values
    narrow = Space(BASE, {"epochs": Range(low=20, high=30), "filters": Range((16, 24))})
    assert narrow.base_values() == {"filters.1": 24}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing is drawn"),
        ("epochs = {low = 3, high = 1}", "is empty"),
        ("epochs = {low = 0, high = 3}", "epochs must be"),
        ("epochs = {low = 1, high = 3, by = 2}", "not a range"),
        ("learning_rate = {low = 0, high = 1, log = true}", "is empty"),
        ("optimizer = {choices = ['adam', 'magic']}", "optimizer must be"),
        ("optimizer = {choices = []}", "not a range"),
        ("depth = {low = 1, high = 3}", "no setting 'depth'"),
        ("convolutions = {low = 0, high = 3}", "convolutions must be"),
        ("seed = {low = 1, high = 3}", "cannot be drawn"),
        ("validation_fraction = {low = 0.1, high = 0.3}", "cannot be drawn"),
        ("dropout = 2\nepochs = {low = 1, high = 2}", "dropout must be"),
        ("epochs = {low = 1", "cannot read"),
    ],
)
def test_what_is_no_space_is_refused_with_its_reason(tmp_path, text: str, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        written(tmp_path, text)
