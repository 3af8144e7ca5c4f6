"""Every setting of a training in one value, and the named recipes."""

from convlet.recipes.named import RECIPES, recipe
from convlet.recipes.schema import Recipe, parse_settings

__all__ = ["RECIPES", "Recipe", "parse_settings", "recipe"]
