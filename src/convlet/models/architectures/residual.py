"""Build a residual net (He et al. 2015, "Deep Residual Learning for Image Recognition") for a laptop."""

from typing import Any

from convlet.errors import RecipeError
from convlet.models.parts import Kinds, Stage, convolution, head, padding_of, pooling, stages
from convlet.models.preparation import Prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras


def residual(recipe: Recipe, prepared: Prepared, classes: int, kinds: Kinds) -> Any:
    """Build a convolution, residual blocks, global average pooling, a dense layer, dropout and softmax.

    A block has two convolutions and adds its input to their output. If the sizes differ, the input first passes through
    a 1x1 convolution. The recipe's fields mean:

    - `filters`: the width of the first convolution, then of each block.
    - `kernel_size`, `activation`: for the first convolution, then for both convolutions of each block.
    - `strides`, `padding`: for the first convolution, then for each block's first. Its second has stride 1 and "same".
    - `pool`: max pooling after the first convolution, then after each block.
    - `normalization`: "batch" after every convolution, the 1x1 ones included.
    - `first_filters`: for the first convolution.
    - `dense_units`: between the average pooling and the last layer.

    `prepared`, `classes`, `kinds` and errors: see `convnet`.

    Returns:
        An uncompiled functional `keras.Model`.

    Raises:
        RecipeError: `filters` leaves no blocks.
    """
    if len(recipe.filters) < 2:
        raise RecipeError(
            f"filters={list(recipe.filters)} leaves a residual net without blocks. Give at least two numbers: the "
            "width of the first convolution, then of each block."
        )
    image, *front = prepared.layers
    values = _through(front, image)
    first, *others = stages(recipe)
    values = _through(convolution(recipe, first, values.shape[1:], kinds), values)
    for stage in others:
        values = _block(recipe, stage, values, kinds)
        values = _through(pooling(stage, values.shape[1:]), values)
    values = keras().layers.GlobalAveragePooling2D(name="average")(values)
    values = _through(head(recipe, prepared, values.shape[-1], classes), values)
    return keras().Model(image, values, name=recipe.architecture)


def _block(recipe: Recipe, stage: Stage, given: Any, kinds: Kinds) -> Any:
    layers, number, shape = keras().layers, stage.number, given.shape[1:]
    stage = stage._replace(pool=1)
    plain = stage._replace(strides=1, padding="same", activation="linear")
    values = _through(convolution(recipe, stage._replace(number=f"{number}a"), shape, kinds), given)
    second = convolution(recipe, plain._replace(number=f"{number}b"), values.shape[1:], kinds)
    values = _through(second, values)
    if padding_of(stage, shape) == "valid" and (lost := stage.kernel_size - 1):
        edges = lost // 2, lost - lost // 2
        given = layers.Cropping2D((edges, edges), name=f"crop_{number}")(given)
    if given.shape != values.shape:
        short = plain._replace(number=f"{number}c", kernel_size=1, strides=stage.strides)
        given = _through(convolution(recipe, short, given.shape[1:], kinds), given)
    summed = layers.Add(name=f"add_{number}")([values, given])
    return layers.Activation(stage.activation, name=f"{stage.activation}_{number}")(summed)


def _through(layers: list[Any], values: Any) -> Any:
    for layer in layers:
        values = layer(values)
    return values
