"""Build the tutorial's kind of net: one convolution after another, then a dense layer."""

import math
from typing import Any

from convlet.models.parts import Kinds, convolution, head, stages
from convlet.models.preparation import Prepared
from convlet.recipes import Recipe
from convlet.system.engine import keras


def convnet(recipe: Recipe, prepared: Prepared, classes: int, kinds: Kinds) -> Any:
    """Build convolutions, each with normalization, activation and max pooling, then a dense layer, dropout and softmax.

    The tutorial's net for MNIST's 28x28x1 and 10 classes has 832 + 51,264 + 3,212,288 + 10,250 = 3,274,634 parameters.

    Args:
        recipe: its layers.
        prepared: the first layers.
        classes: the number of probabilities.
        kinds: how its layers are made.

    Returns:
        An uncompiled `keras.Sequential`.

    Raises:
        RecipeError: the dense layer would be too large for memory on images of this size.
    """
    stack, shape = [*prepared.layers], prepared.shape
    for stage in stages(recipe):
        made = convolution(recipe, stage, shape, kinds)
        for layer in made:
            _, *shape = layer.compute_output_shape((None, *shape))
        stack += made
    stack += [keras().layers.Flatten(name="flatten"), *head(recipe, prepared, math.prod(shape), classes)]
    return keras().Sequential(stack, name=recipe.architecture)
