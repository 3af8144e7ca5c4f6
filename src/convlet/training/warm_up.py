"""Compiling before the clock starts."""

import time
from typing import Any

from convlet.data import Split
from convlet.training.pipeline import Failures, by_epochs, steps_per_execution, training_batches, validation_batches
from convlet.training.plan import Plan


def warm_up(model: Any, split: Split, plan: Plan, batch_size: int, failures: Failures) -> float:
    """Train a compiled model for a few batches (an epoch where it trains by whole epochs) and put everything back as it was.

    The engine traces and compiles the training step at its first use; that takes longer than a whole training of a small net.

    Returns:
        The seconds it took.
    """
    began = time.perf_counter()
    images = len(split)
    if not by_epochs(split):
        images = min(
            images, batch_size * steps_per_execution(batch_size) + images % batch_size
        )  # the last, smaller batch too
    kept = [variable.numpy() for variable in _variables(model)]
    few = split.take(split.sample(images))
    model.evaluate(
        validation_batches(few, failures), steps=1, verbose=0
    )  # metrics and loss take their form from real batches
    model.fit(
        training_batches(few, batch_size, Plan(plan.recipe, images, plan.image_shape), failures),
        shuffle=False,
        verbose=0,
    )
    for variable, value in zip(_variables(model), kept, strict=True):
        variable.assign(value)
    return time.perf_counter() - began


def _variables(model: Any) -> list[Any]:
    model.optimizer.build(model.trainable_variables)
    return [*model.variables, *model.optimizer.variables]
