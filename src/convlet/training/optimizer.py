"""Make a recipe's loss and optimizer."""

from collections.abc import Callable
from typing import Any

import numpy as np

from convlet.recipes import Recipe
from convlet.system.engine import keras, on_tensorflow
from convlet.training.engines.fused import fused_adam
from convlet.training.muon import muon

_START = 0.1  # of the learning rate: where "one-cycle" begins


def make_optimizer(recipe: Recipe, steps: int) -> Any:
    """Make the recipe's Keras optimizer, with its schedule over the whole training's `steps`."""
    optimizers = keras().optimizers
    rate: Any = recipe.learning_rate
    if recipe.schedule == "one-cycle":
        rising = round(recipe.warmup * steps)
        start = rate if rising == 0 else _START * rate
        rate = optimizers.schedules.CosineDecay(
            start, max(1, steps - rising), warmup_target=rate if rising else None, warmup_steps=rising
        )
    settings: dict[str, Any] = {"learning_rate": rate}
    if recipe.optimizer in ("adam", "adamw", "nadam"):
        settings |= {"beta_1": recipe.betas[0], "beta_2": recipe.betas[1]}
    if recipe.optimizer == "sgd":
        settings |= {"momentum": recipe.momentum, "nesterov": recipe.momentum > 0}
    if recipe.weight_decay:
        settings["weight_decay"] = recipe.weight_decay
    if recipe.optimizer == "muon":
        return muon(recipe, rate)
    if recipe.optimizer == "adam" and on_tensorflow():
        return fused_adam()(**settings)
    return optimizers.get({"class_name": recipe.optimizer, "config": settings})


def cross_entropy(recipe: Recipe, classes: int) -> Callable[[Any, Any], Any]:
    """Make the loss per image: from labels and a net's probabilities (n, outputs) to (n,).

    Labels are class numbers, (n,), or for mixed images those of `mixing.labels`, (n, 3), whose loss is the mean of both
    classes', weighted by their shares. Class numbers give the same loss as the tutorial's one-hot labels. The number
    after the last class marks an outlier. Its target is the output for none of the classes, or in a net without that
    output a uniform probability.
    """
    losses, ops = keras().losses, keras().ops

    def loss(labels: Any, probabilities: Any) -> Any:
        if not _are_mixed(labels):
            return of_one(labels, probabilities)
        own, other, part = (labels[:, column] for column in range(3))
        return (1 - part) * of_one(own, probabilities) + part * of_one(other, probabilities)

    def of_one(labels: Any, probabilities: Any) -> Any:
        if not recipe.label_smoothing and not recipe.outliers:
            return losses.sparse_categorical_crossentropy(labels, probabilities)
        labels, outputs = ops.cast(ops.reshape(labels, (-1,)), "int32"), probabilities.shape[-1]
        known = ops.cast(labels < classes, "float32")[:, np.newaxis]
        evenly = recipe.label_smoothing * known
        if outputs == classes:
            wanted = ops.one_hot(labels, classes + 1)[:, :classes] * (1 - recipe.label_smoothing)
            return losses.categorical_crossentropy(wanted + (evenly + (1 - known)) / classes, probabilities)
        share = ops.convert_to_tensor([1 / classes] * classes + [0.0], "float32")
        return losses.categorical_crossentropy(
            ops.one_hot(labels, outputs) * (1 - evenly) + evenly * share, probabilities
        )

    return loss


def accuracy(classes: int) -> Any:
    """Make a Keras metric: how often the likeliest class is right, over all images but outliers.

    A mixed image counts as the class that fills most of it.
    """
    ops = keras().ops

    class Accuracy(keras().metrics.SparseCategoricalAccuracy):  # type: ignore[misc]
        def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Any:
            del sample_weight
            if _are_mixed(y_true):
                y_true = ops.where(y_true[:, 2] > 0.5, y_true[:, 1], y_true[:, 0])
            labels = ops.reshape(y_true, (-1,))
            known = ops.cast(labels < classes, "float32")
            return super().update_state(labels, y_pred[:, :classes], sample_weight=known)

    return Accuracy(name="accuracy")


def _are_mixed(labels: Any) -> bool:
    """Distinguish labels of mixed images, (n, 3), from class numbers: (n,), or (n, 1) after Keras."""
    return len(labels.shape) == 2 and labels.shape[1] == 3
