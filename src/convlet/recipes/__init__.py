"""Every setting of a training in one value, and the named recipes."""

from convlet.recipes.fields import DARK_INK, LIGHT_INK, PICTURE
from convlet.recipes.named import RECIPES, recipe
from convlet.recipes.schema import PER_CONVOLUTION, Recipe, parse_settings

__all__ = ["DARK_INK", "LIGHT_INK", "PER_CONVOLUTION", "PICTURE", "RECIPES", "Recipe", "parse_settings", "recipe"]
