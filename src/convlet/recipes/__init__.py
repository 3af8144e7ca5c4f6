"""Every setting of a training in one value, and the named recipes."""

from convlet.recipes.named import RECIPES, recipe
from convlet.recipes.schema import PER_CONVOLUTION, Recipe, parse_settings

__all__ = ["PER_CONVOLUTION", "RECIPES", "Recipe", "parse_settings", "recipe"]
