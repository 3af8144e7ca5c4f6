"""Build a net with fresh weights from a recipe, and combine several nets into one model.

Every net takes uint8 pixels, prepares them in its first layers, and returns one probability per class. So a saved model
needs no preprocessing.
"""

from collections.abc import Sequence
from typing import Any

from convlet.models.architectures import ARCHITECTURES
from convlet.models.none import learns_none, sharing_none
from convlet.models.parts import Kinds, with_first_filters
from convlet.models.preparation import PROBABILITIES, Pixels, prepared
from convlet.models.top_hat import TOP_HAT
from convlet.recipes import Recipe
from convlet.system.engine import keras


def build_model(
    recipe: Recipe,
    image_shape: tuple[int, int, int],
    classes: int,
    precision: str = "float32",
    pixels: Pixels = Pixels(),  # noqa: B008
    *,
    training: bool = False,
    kinds: Kinds | None = None,
) -> Any:
    """Build the recipe's net with fresh weights drawn from its seed.

    Args:
        recipe: see `convlet.recipe`.
        image_shape: (height, width, channels).
        classes: the number of probabilities.
        precision: "float32", or "bfloat16" to multiply in bfloat16 with the same float32 weights.
        pixels: see `Pixels`.
        training: leave out the top-hat, and show the output for none of the classes (see `none.py`) after theirs. Do
            not save this model; `with_weights` gives its weights to one that can be saved.
        kinds: the classes of its layers; Keras's by default.

    Returns:
        An uncompiled `keras.Model`: uint8 (n, height, width, channels) in, float32 (n, classes) out.

    Raises:
        RecipeError: the net would be too large for memory, or its architecture does not allow a field's value.

    Example:
        >>> convlet.build_model(convlet.recipe("tutorial"), (28, 28, 1), 10).count_params()
        3274634
    """
    keras().utils.set_random_seed(recipe.seed)
    config = keras().config
    before = config.dtype_policy()
    config.set_dtype_policy("mixed_bfloat16" if precision == "bfloat16" else "float32")
    try:
        first = prepared(recipe, image_shape, pixels, training=training)
        kinds = kinds or Kinds(keras().layers.Conv2D, keras().layers.BatchNormalization)
        outputs = classes + learns_none(recipe)
        net = with_first_filters(ARCHITECTURES[recipe.architecture](recipe, first, outputs, kinds), recipe)
        return net if training or outputs == classes else sharing_none(net, classes)
    finally:
        config.set_dtype_policy(before)


def with_weights(net: Any, weights: Sequence[Any]) -> Any:
    """Return a built net with the weights of the same recipe's training net."""
    own = net.get_weights()
    net.set_weights([*weights, *own[len(weights) :]])  # the last layer shares "none of the classes", as built
    return net


def average(nets: Sequence[Any]) -> Any:
    """Return a `keras.Model` of the nets' mean probabilities, or the only net itself."""
    if len(nets) == 1:
        return nets[0]
    image = keras().Input(nets[0].input_shape[1:], dtype="uint8", name="image")
    for number, net in enumerate(nets, 1):
        net.name = f"net_{number}"  # Keras cannot save two layers with one name
    answers = [net(image) for net in nets]
    return keras().Model(image, keras().layers.Average(name=PROBABILITIES)(answers), name="ensemble")


def members(model: Any) -> list[Any]:
    """Return the nets in a model of `average` or `over_views`, or the only net."""
    inside = [layer for layer in model.layers if isinstance(layer, keras().Model) and layer.name != TOP_HAT]
    return [net for one in inside for net in members(one)] or [model]


def summary(model: Any) -> str:
    """Return Keras's summary: a line for each layer with its output shape and parameters."""
    lines: list[str] = []
    model.summary(print_fn=lambda text, line_break=True: lines.append(text), line_length=80)
    return "\n".join(lines)
