"""Provide the named recipes. How each was found, and what did not help: benchmarks/LOG.md."""

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from convlet.errors import UsageError
from convlet.recipes.files import NAMES, named_file
from convlet.recipes.schema import Recipe
from convlet.recipes.teach import TEACH
from convlet.system.text import near


class _Library(Mapping[str, Recipe]):
    """Reads a recipe's file on first use, so that `convlet --help` reads none."""

    def __getitem__(self, name: str) -> Recipe:
        return _read(name)

    def __iter__(self) -> Iterator[str]:
        return iter(NAMES)

    def __len__(self) -> int:
        return len(NAMES)


@functools.cache
def _read(name: str) -> Recipe:
    if name not in NAMES:
        raise KeyError(name)
    return Recipe.from_toml(named_file(name))


RECIPES: Mapping[str, Recipe] = _Library()


def recipe(name: str, /, **changes: Any) -> Recipe:
    """Return a named recipe with some fields changed.

    Args:
        name: a key of `RECIPES`.
        changes: fields of `Recipe`.

    Raises:
        UsageError: there is no such recipe or field.
        RecipeError: a value is out of range.

    Example:
        >>> convlet.recipe("tutorial", epochs=2).epochs
        2
    """
    if name == TEACH:
        raise UsageError(
            "the recipe teach is made from the recipe of the model to go on from: convlet train DATASET --from RUN; in "
            "Python convlet.train(dataset, start=run), or with changes run.teaching(epochs=3)."
        )
    if name not in RECIPES:
        raise UsageError(f"there is no recipe {name!r}. {near(name, NAMES)}The recipes are: {', '.join(RECIPES)}.")
    return RECIPES[name].changed(**changes)
