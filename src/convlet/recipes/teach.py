"""The recipe `teach`: go on from a trained model with a few new images."""

from collections.abc import Sequence
from typing import Any

from convlet.errors import RecipeError
from convlet.recipes.schema import PICTURE, Recipe

TEACH = "teach"
# Found with Semeion's digits of writers who are in no test, and letters as new classes: benchmarks/LOG.md.
_TRAINING: dict[str, Any] = {
    "optimizer": "adam",
    "learning_rate": 0.001,
    "betas": (0.9, 0.99),
    "weight_decay": 0.0,
    "schedule": "one-cycle",
    "warmup": 0.1,
    "batch_size": 128,
    "epochs": 6,
    "least_steps": 0,
    "balance": "none",
    "keep": "last",
    "validate_on": "validation",
    "validation_fraction": 0.2,
    "mixing": 0.0,
    "blend": 0.9,
}
# New classes need features that the net lacks.
_NEW: dict[str, Any] = {"learning_rate": 0.005, "epochs": 24, "mixing": 0.3, "dropout": 0.4}
_NEW_INK: dict[str, Any] = {"thickness": 1.0}
_SHIFT = 2 / 28  # of a side
_INK = {"rotation": 10.0, "zoom": 0.2, "shear": 10.0}  # at least, for ink
# What makes the net: its weights fit no other.
_NET = (
    "architecture",
    "reading",
    "crop",
    "pixels",
    "filters",
    "kernel_size",
    "strides",
    "padding",
    "pool",
    "normalization",
    "activation",
    "dense_units",
    "ensemble",
)


def teaching(base: Recipe, image_shape: Sequence[int], *, new: bool = False) -> Recipe:
    """Return the recipe that goes on from a model of the resolved recipe `base`: its net, short and gentle training.

    Args:
        base: the model's.
        image_shape: (height, width, channels) of its input.
        new: whether there are new classes, for which it trains longer and less gently.
    """
    changes = _TRAINING | (_NEW if new else {})
    if base.reading != PICTURE:
        least = _INK | {"shift": round(_SHIFT * min(image_shape[:2]), 1)}
        changes |= {name: max(getattr(base, name), each) for name, each in least.items()} | (_NEW_INK if new else {})
    return base.changed(name=TEACH, **changes)


def require_same_net(recipe: Recipe, base: Recipe) -> Recipe:
    """Return a recipe with the values of `base` where it says "auto".

    Raises:
        RecipeError: it describes another net than that of the resolved recipe `base`.
    """
    recipe = recipe.changed(reading=base.reading, least_steps=recipe.least_steps)
    for name in _NET:
        own, theirs = getattr(recipe, name), getattr(base, name)
        if own != theirs:
            raise RecipeError(
                f"the model to go on from has {name} = {theirs}, and {recipe.name} has {name} = {own}: its weights do "
                "not fit. Expected a recipe of the same net, or none: the recipe teach is then made from the model's."
            )
    return recipe
