"""Load the data and the recipe that a training or a search starts from."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convlet.errors import RecipeError, UsageError
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from convlet.data import Dataset
    from convlet.recipes import Recipe


def data_and_recipe(
    dataset: str | None,
    data_dir: Path | None,
    recipe: str | None,
    config: Path | None,
    changes: Mapping[str, Any],
    choose: Callable[..., "Recipe"],
    watch: Watch,
    *,
    transpose: bool,
) -> tuple["Dataset", "Recipe"]:
    """Load the data at the recipe's size, and return the recipe: named, from a file, or chosen from the data.

    Args:
        dataset: what the user names; mnist by default.
        data_dir: the folder of downloaded sets.
        recipe: a name.
        config: a recipe file.
        changes: fields of the recipe.
        choose: `training.choose_recipe` or a similar function, if no recipe is named.
        watch: callbacks.
        transpose: turn the images, see `convlet.load`.
    """
    from convlet.data import load
    from convlet.recipes import PER_CONVOLUTION, Recipe
    from convlet.recipes import recipe as named

    _require_range(changes)
    first = {field: value for field, value in changes.items() if recipe or field not in PER_CONVOLUTION}
    chosen = Recipe.from_toml(config).changed(**changes) if config else named(recipe or "tutorial", **first)
    data = load(
        dataset or "mnist",
        data_dir,
        image_size=chosen.image_size,
        fit=chosen.fit,
        kind="picture" if chosen.reading == "picture" else "auto",
        transpose=transpose,
        watch=watch,
    )
    return data, chosen if config or recipe else choose(data, watch, **changes)


def data_to_teach(
    start: str,
    dataset: str | None,
    data_dir: Path | None,
    recipe: str | None,
    config: Path | None,
    changes: Mapping[str, Any],
    watch: Watch,
    *,
    transpose: bool,
) -> tuple["Dataset", "Recipe"]:
    """Load new images for a model, and return the recipe: named, from a file, or `teach`.

    Args:
        start: the run to go on from.
        dataset: what the user names; for the rest see `data_and_recipe`.

    Raises:
        UsageError: no data set is named.
    """
    if not dataset:
        raise UsageError(f"--from {start} goes on with new images: name them, convlet train DATASET --from {start}")
    from convlet.data import load
    from convlet.recipes import PICTURE, TEACH, Recipe
    from convlet.recipes import recipe as named
    from convlet.run import Run

    _require_range(changes)
    run = Run(start)
    kind = "picture" if run.recipe.reading == PICTURE else "auto"
    data = load(dataset, data_dir, kind=kind, transpose=transpose, watch=watch)
    if config:
        return data, Recipe.from_toml(config).changed(**changes)
    if recipe in (None, TEACH):
        return data, run.teaching(data.class_names, **changes)
    return data, named(recipe, **changes)


def _require_range(changes: Mapping[str, Any]) -> None:
    """Refuse values of flags that no recipe may hold: bad usage, as an unknown flag is; in a file they are bad input.

    Raises:
        UsageError: a value is out of range, or there is no such field.
    """
    from convlet.recipes import require_field, require_value

    for field, value in changes.items():
        require_field(field)
        try:
            require_value(field, value)
        except RecipeError as error:
            raise UsageError(str(error)) from error
