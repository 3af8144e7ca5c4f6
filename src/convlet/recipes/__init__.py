"""Hold every setting of a training in one value, and the named recipes."""

from convlet.recipes.files import parse_settings
from convlet.recipes.library import RECIPES, recipe
from convlet.recipes.schema import (
    ACTIVATIONS,
    DARK_INK,
    LIGHT_INK,
    MOST_EPOCHS,
    PER_CONVOLUTION,
    PICTURE,
    SETTINGS,
    Recipe,
    require_field,
    require_value,
)
from convlet.recipes.setting import in_words
from convlet.recipes.teach import TEACH, require_same_net, teaching

__all__ = [
    "ACTIVATIONS",
    "DARK_INK",
    "LIGHT_INK",
    "MOST_EPOCHS",
    "PER_CONVOLUTION",
    "PICTURE",
    "RECIPES",
    "SETTINGS",
    "TEACH",
    "Recipe",
    "in_words",
    "parse_settings",
    "recipe",
    "require_field",
    "require_same_net",
    "require_value",
    "teaching",
]
