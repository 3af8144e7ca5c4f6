"""The answer "none of the classes": one more output in training, shared among the classes in the saved model.

Nets that learn it as a class of its own refuse far more than those trained to answer evenly (`benchmarks/LOG.md`). In
the saved model each class gets an equal part of its probability, so everything that reads a model sees one probability
per class, which sum to 1, and an image of something else gets a low one.
"""

from typing import Any

import numpy as np

from convlet.models.preparation import PROBABILITIES
from convlet.recipes import PICTURE, Recipe
from convlet.system.engine import keras

_SHARED = "shared"  # the layer's name


def learns_none(recipe: Recipe) -> bool:
    """Return whether a resolved recipe's nets have an output for none of the classes, after those of the classes."""
    return recipe.outliers > 0 and recipe.reading == PICTURE


def sharing_none(net: Any, classes: int) -> Any:
    """Return a `keras.Model` with `classes` probabilities, among which the last one of `net` is shared."""
    shared = keras().layers.Dense(classes, use_bias=False, trainable=False, dtype="float32", name=_SHARED)
    model = keras().Model(net.inputs[0], shared(net.outputs[0]), name=net.name)
    shared.set_weights([np.vstack([np.eye(classes), np.full(classes, 1 / classes)]).astype(np.float32)])
    return model


def before_sharing(net: Any) -> Any:
    """Return the part of a net that answers with every output it was trained with, maybe the net itself."""
    return keras().Model(net.inputs[0], net.get_layer(PROBABILITIES).output)
