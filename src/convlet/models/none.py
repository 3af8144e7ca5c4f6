"""Add the answer "none of the classes": one more output in training, shared among the classes in the saved model.

Nets that learn it as a separate class refuse far more than those trained to answer evenly (`benchmarks/LOG.md`). In the
saved model each class gets an equal part of its probability. So every reader of a model sees one probability per class,
they sum to 1, and for an image of something else they are low.
"""

from typing import Any

import numpy as np

from convlet.models.preparation import PROBABILITIES
from convlet.recipes import PICTURE, Recipe
from convlet.system.engine import keras

_SHARED = "shared"  # the layer's name


def learns_none(recipe: Recipe) -> bool:
    """Return whether a resolved recipe's nets have an output for none of the classes, after the classes' outputs."""
    return recipe.outliers > 0 and recipe.reading == PICTURE


def sharing_none(net: Any, classes: int) -> Any:
    """Return a `keras.Model` with `classes` probabilities; they share the last one of `net`."""
    shared = keras().layers.Dense(classes, use_bias=False, trainable=False, dtype="float32", name=_SHARED)
    model = keras().Model(net.inputs[0], shared(net.outputs[0]), name=net.name)
    shared.set_weights([np.vstack([np.eye(classes), np.full(classes, 1 / classes)]).astype(np.float32)])
    return model


def before_sharing(net: Any) -> Any:
    """Return the part of a net that has every output of the training, maybe the net itself."""
    return keras().Model(net.inputs[0], net.get_layer(PROBABILITIES).output)
