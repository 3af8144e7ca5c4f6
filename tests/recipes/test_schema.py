import dataclasses

import pytest

from convlet.errors import RecipeError, UsageError
from convlet.recipes import RECIPES, SETTINGS, Recipe, recipe

NAN = float("nan")
BAD = {
    "thickness": [-0.1, 1.5],
    "clutter": [-0.1, 1.5, "some"],
    "noise": [-1, 2],
    "forms": [-0.1, 1.5, None],
    "outliers": [-0.1, 1.5, None],
    "name": ["", "a/b", 3],
    "architecture": ["resnet", None],
    "crop": [-1, 1.5, "2"],
    "reading": ["photo", None, 1],
    "image_size": [3, 0, -64, 1025, 64.0, "", "64x", "64x64x3", "x64", True, [64, 64]],
    "fit": ["squeeze", 1],
    "top_hat": [-1, 29, 2.5, "11"],
    "pixels": ["raw", None],
    "filters": [[], [0], [1.5], "32", [32] * 17],
    "kernel_size": [0, 2.5, True, 99, [3, 0], []],
    "strides": [0, 9, [1, "2"]],
    "padding": ["full", None, ["same", "full"]],
    "pool": [0, 9, [2, -1]],
    "normalization": ["layer", None],
    "activation": ["softmax", ["relu", 3], []],
    "first_filters": ["random", None],
    "dense_units": [-1, 2.5, "many"],
    "dropout": [1, -0.1, 1.5, NAN, "no"],
    "optimizer": ["addam", None],
    "learning_rate": [0, -1e-4, 11, NAN, float("inf"), "fast", True],
    "betas": [0.9, [0.9], [0.9, 1], [0.9, -0.1], [0.9, 0.9, 0.9]],
    "schedule": ["cosine", None],
    "warmup": [-0.1, 1, NAN],
    "label_smoothing": [-0.1, 1, "some"],
    "batch_size": [0, -128, 1.5],
    "epochs": [0, -1, 1.5, "five", 10**6],
    "momentum": [-0.1, 1, "high"],
    "weight_decay": [-1, 11, NAN],
    "least_steps": [-1, 2.5],
    "balance": ["yes", 1],
    "keep": ["first", 1.5],  # a whole number is one of images
    "kept_images": [-1, 1001, 2.5, "all"],
    "blend": [-0.1, 1.1, "half"],
    "shift": [-1, "far", NAN],
    "color": [-0.1, 1],
    "flip": [-1, 1.5, "sideways"],
    "rotation": [-1, 181],
    "zoom": [-0.1, 1],
    "shear": [-1, 61],
    "elastic": [-0.1, 101],
    "erasing": [-0.1, 1.1],
    "mixing": [-0.1, 1.1],
    "mirror": ["both", True],
    "shifts": [-1, 4, 0.5, "1"],
    "ensemble": [0, 101, 1.5],
    "validate_on": ["train", None],
    "validation_fraction": [0, 0.6, -0.1, NAN],
    "precision": ["float16", None],
    "replicas": [0, 65, "all", 1.5],
    "seed": [-1, 2**32, 0.5],
    "checkpoint_seconds": [-1, 86_401, NAN, "60"],
}


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_refuses_a_value_out_of_range(field: str, value: object) -> None:
    with pytest.raises(RecipeError, match=field) as caught:
        recipe("tutorial", **{field: value})
    assert repr(value) in str(caught.value)


def test_the_error_names_the_field_what_it_expects_and_what_to_do() -> None:
    with pytest.raises(RecipeError) as caught:
        recipe("tutorial", shift=-1)
    assert str(caught.value) == (
        "shift must be a number of pixels from 0 to 1024, not -1. Change it with shift=... or in the recipe file."
    )


def test_the_documentation_of_the_class_has_every_field() -> None:
    for field, declared in SETTINGS.items():
        assert f"    {field}: {declared.doc} Expected: {declared.values.words}." in str(Recipe.__doc__)


def test_a_recipe_can_be_hashed_and_not_changed() -> None:
    assert len({recipe("fast"), recipe("fast", seed=1), recipe("fast", seed=2)}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        recipe("fast").seed = 2


def test_every_field_has_to_be_given() -> None:
    with pytest.raises(TypeError, match="'seed'"):
        Recipe(name="mine")


def test_every_field_is_checked() -> None:
    assert BAD.keys() == Recipe.__dataclass_fields__.keys()


@pytest.mark.parametrize("field", ["kernel_size", "strides", "padding", "pool", "activation"])
def test_a_list_has_a_value_for_each_convolution(field: str) -> None:
    value = recipe("fast").per_convolution(field)[0]
    assert recipe("tutorial", **{field: [value, value]}).per_convolution(field) == (value, value)
    with pytest.raises(RecipeError, match=f"{field} has 3 values for 2 convolutions.*{field}="):
        recipe("tutorial", **{field: [value] * 3})


def test_other_filters_bring_the_lists_to_their_number() -> None:
    assert recipe("fast", filters=[8]).kernel_size == (5,)
    assert recipe("fast", filters=[8, 16, 32]).kernel_size == (5, 4, 4)
    assert recipe("fast", filters=[8, 16, 32], kernel_size=3).per_convolution("kernel_size") == (3, 3, 3)


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_file_gives_the_same_recipe(name: str, tmp_path) -> None:
    changed = recipe(name, seed=7, filters=[8, 16, 32])
    file = tmp_path / "recipe.toml"
    file.write_text(changed.to_toml())
    assert Recipe.from_toml(file) == changed


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = 3", "has no name"),
        ("epochs =", "not a TOML file"),
        (recipe("tutorial").to_toml() + "speed = 3\n", "no field 'speed'"),
        (recipe("tutorial").to_toml().replace("epochs = 5", "epochs = 0"), "epochs must be"),
        (b"\xff\xfe", "cannot read"),
    ],
)
def test_a_broken_recipe_file(text: str | bytes, words: str, tmp_path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(RecipeError, match=words):
        Recipe.from_toml(file)


def test_a_file_of_an_earlier_version_lacks_the_fields_of_later_ones(tmp_path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text('name = "small-data"\nepochs = 3\n')
    assert Recipe.from_toml(file) == recipe("small-data", epochs=3)
    file.write_text('name = "mine"\ndropout = 0.5\n')
    assert Recipe.from_toml(file) == recipe("tutorial", name="mine", dropout=0.5)


def test_a_recipe_of_before_there_were_some_fields_has_them_off(tmp_path) -> None:
    newer = ("reading", "top_hat", "thickness", "clutter", "noise", "outliers")
    lines = recipe("balanced").to_toml().splitlines()
    file = tmp_path / "recipe.toml"
    file.write_text("\n".join(line for line in lines if not line.startswith(newer)))
    assert Recipe.from_toml(file) == recipe("balanced", top_hat=0, clutter=0, noise=0, outliers=0)


def test_a_missing_recipe_file(tmp_path) -> None:
    with pytest.raises(RecipeError, match=r"nowhere\.toml"):
        Recipe.from_toml(tmp_path / "nowhere.toml")


def test_a_whole_number_is_a_fine_learning_rate() -> None:
    assert repr(recipe("tutorial", learning_rate=1, dropout=0).learning_rate) == "1.0"


def test_a_field_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r"no field 'learning_rat'.*learning_rate"):
        recipe("tutorial", learning_rat=1)


@pytest.mark.parametrize(
    ("name", "batch", "rate"),
    [("pictures", 128, 0.06), ("pictures", 512, 0.12), ("pictures", 1024, 0.12), ("balanced", 64, 0.01)],
)
def test_the_rate_of_muon_falls_with_smaller_batches(name: str, batch: int, rate: float) -> None:
    assert recipe(name).rate_of(batch) == rate
