"""From a recipe to a net with fresh weights, whatever its architecture; and several nets as one model.

Every net takes uint8 pixels and prepares them in its first layers, so that a saved model needs no preparation of its input, and
answers with one probability per class.
"""

from collections.abc import Sequence
from typing import Any

from convlet.models.architectures import ARCHITECTURES
from convlet.models.preparation import PROBABILITIES, Pixels, prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras


def build_model(
    recipe: Recipe,
    image_shape: tuple[int, int, int],
    classes: int,
    precision: str = "float32",
    pixels: Pixels = Pixels(),
    *,
    training: bool = False,
    batch_normalization: Any = None,
) -> Any:
    """Build the recipe's net with fresh weights drawn from its seed.

    Args:
        recipe: see `convlet.recipe`.
        image_shape: (height, width, channels).
        classes: how many probabilities it answers with.
        precision: "float32", or "bfloat16" for layers that multiply in bfloat16 and keep float32 weights. Models of one recipe have
            the same weights in either.
        pixels: see `Pixels`.
        training: leave the top-hat out. The weights are the same; save the model without this.
        batch_normalization: the class of those layers, with the variables of `keras.layers.BatchNormalization`, which is the default.

    Returns:
        An uncompiled `keras.Model`: uint8 (n, height, width, channels) in, float32 (n, classes) out.

    Raises:
        RecipeError: the net would be too large for memory on images of this size.

    Example:
        >>> build_model(convlet.recipe("tutorial"), (28, 28, 1), 10).count_params()
        3274634
    """
    keras().utils.set_random_seed(recipe.seed)
    config = keras().config
    before = config.dtype_policy()
    config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        first = prepared(recipe, image_shape, pixels, training=training)
        normalization = batch_normalization or keras().layers.BatchNormalization
        return ARCHITECTURES[recipe.architecture](recipe, first, classes, normalization)
    finally:
        config.set_dtype_policy(before)


def average(members: Sequence[Any]) -> Any:
    """One `keras.Model` that answers with the mean of the members' probabilities; a single member is returned as it is."""
    if len(members) == 1:
        return members[0]
    image = keras().Input(members[0].input_shape[1:], dtype="uint8", name="image")
    for number, member in enumerate(members, 1):
        member.name = f"net_{number}"  # Keras saves no two layers of one name
    answers = [member(image) for member in members]
    return keras().Model(image, keras().layers.Average(name=PROBABILITIES)(answers), name="ensemble")


def summary(model: Any) -> str:
    """Keras's summary: a line per layer with its output shape and parameters."""
    lines: list[str] = []
    model.summary(print_fn=lambda text, line_break=True: lines.append(text), line_length=80)
    return "\n".join(lines)
