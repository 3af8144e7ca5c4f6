"""Convolutions that pool before they normalize, and one pooling over the whole image at the end."""

from collections.abc import Callable
from typing import Any

from convlet.models.parts import head, pooling, stages
from convlet.models.preparation import Prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras

_MOMENTUM = 0.9  # of batch normalization, for trainings of a few epochs


def pyramid(recipe: Recipe, prepared: Prepared, classes: int, normalization: Callable[..., Any]) -> Any:
    """Build convolutions, each with pooling, batch normalization and activation, then global pooling and softmax.

    A convolution that changes neither size nor width adds its input to its output (a shortcut). Pooling comes first, so
    that normalization and activation have a quarter of the work.

    Args:
        recipe: its layers; `normalization` is always "batch".
        prepared: the first layers.
        classes: the number of probabilities.
        normalization: the class of its batch normalization layers.

    Returns:
        An uncompiled functional `keras.Model`.

    Raises:
        RecipeError: the dense layer would be too large for memory.
    """
    layers = keras().layers
    image, *front = prepared.layers
    values = image
    for layer in front:
        values = layer(values)
    for stage in stages(recipe):
        given, number = values, stage.number
        frozen = number == 1 and recipe.first_filters == "cosine"
        options = {"kernel_initializer": "zeros", "trainable": False} if frozen else {}
        values = layers.Conv2D(
            stage.filters,
            stage.kernel_size,
            strides=stage.strides,
            padding=stage.padding,
            use_bias=False,
            name=f"conv_{number}",
            **options,
        )(values)
        for layer in pooling(stage, values.shape[1:]):
            values = layer(values)
        values = normalization(momentum=_MOMENTUM, name=f"norm_{number}")(values)
        values = layers.Activation(stage.activation, name=f"{stage.activation}_{number}")(values)
        if given.shape == values.shape:
            values = layers.Add(name=f"add_{number}")([values, given])
    values = layers.GlobalAveragePooling2D(name="average")(values)
    for layer in head(recipe, prepared, values.shape[-1], classes):
        values = layer(values)
    return keras().Model(image, values, name=recipe.architecture)
