"""Compile before the clock starts."""

import time
from typing import Any

import numpy as np

from convlet.data import Split
from convlet.training.checkpoint import variables
from convlet.training.feed import Feed
from convlet.training.plan import Plan


def warm_up(model: Any, feed: Feed, split: Split, plan: Plan) -> float:
    """Train a compiled model on a few batches, restore every variable, and return the seconds it took.

    Engines compile a step on first use, which can take longer than training a small net.
    """
    began = time.perf_counter()
    size = feed.warm_up_images(plan.size)
    few = split if size == len(split) else split.take(np.resize(split.sample(size), size))  # some may be shown twice
    kept = [(variable, variable.numpy()) for variable in variables(model).values()]
    # First, because metrics and loss take their shapes from plain batches.
    model.evaluate(feed.validation_batches(few), steps=1, verbose=0)
    model.fit(feed.training_batches(few, Plan(plan.recipe, size, plan.image_shape)), shuffle=False, verbose=0)
    for variable, value in kept:
        variable.assign(value)
    return time.perf_counter() - began
