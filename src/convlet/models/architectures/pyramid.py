"""Build convolutions that pool before they normalize, with global pooling at the end."""

from typing import Any

from convlet.models.parts import Kinds, convolution, head, stages
from convlet.models.preparation import Prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras

_SIDE = 32  # pixels that the later convolutions are designed for


def pyramid(recipe: Recipe, prepared: Prepared, classes: int, kinds: Kinds) -> Any:
    """Build convolutions, each with pooling, normalization and activation, then global average pooling and softmax.

    A convolution that changes neither size nor width adds its input to its output (a shortcut). Pooling comes first, so
    normalization and activation have a quarter of the work. Images larger than about 32 pixels a side are pooled more
    after the first convolution, so that the others cost the same for every size.

    Arguments, result and errors are those of `residual`.
    """
    layers = keras().layers
    image, *front = prepared.layers
    values = image
    for layer in front:
        values = layer(values)
    first, *others = stages(recipe)
    first = first._replace(pool=first.pool * max(1, round(min(prepared.shape[:2]) / _SIDE)))
    for stage in (first, *others):
        given = values
        for layer in convolution(recipe, stage, values.shape[1:], kinds, pool_first=True):
            values = layer(values)
        if given.shape == values.shape:
            values = layers.Add(name=f"add_{stage.number}")([values, given])
    values = layers.GlobalAveragePooling2D(name="average")(values)
    for layer in head(recipe, prepared, values.shape[-1], classes):
        values = layer(values)
    return keras().Model(image, values, name=recipe.architecture)
