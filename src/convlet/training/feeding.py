"""Choose a `Feed`, in this one place."""

import numpy as np

from convlet.data import Split
from convlet.recipes import Recipe
from convlet.system.engine import jax_platform, on_tensorflow
from convlet.training.distributed.distribute import part
from convlet.training.distributed.shares import SharedFeed
from convlet.training.engines.scan import EpochFeed
from convlet.training.engines.tf_data import TensorFlowFeed
from convlet.training.feed import Feed


def choose_feed(recipe: Recipe, split: Split) -> Feed:
    """Choose how to feed a training on `split`, in memory or on disk, for a resolved recipe."""
    if part().shared:
        return SharedFeed(recipe, part())
    if on_tensorflow():
        return TensorFlowFeed(recipe)
    if jax_platform() not in ("", "cpu") and isinstance(split.images, np.ndarray):
        return EpochFeed(recipe)
    return Feed(recipe)
