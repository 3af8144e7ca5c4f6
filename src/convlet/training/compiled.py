"""From a net to the compiled model that is trained."""

from typing import Any

import numpy as np

from convlet.data import Split
from convlet.data.disk import chunks
from convlet.models import Pixels
from convlet.recipes import Recipe
from convlet.system.engine import jax_platform, on_tensorflow
from convlet.training.augmentation.augment import Augmentation
from convlet.training.distributed.distribute import part
from convlet.training.distributed.shares import on_shares
from convlet.training.engines.replicas import side_by_side
from convlet.training.engines.scan import epoch_at_once
from convlet.training.optimizer import accuracy, cross_entropy, make_optimizer
from convlet.training.pipeline import by_epochs, steps_per_execution

_MEASURED_IMAGES = 10_000


def compiled(net: Any, recipe: Recipe, split: Split) -> Any:
    """The net, in whatever goes around it for speed, with its optimizer, loss and metric: what `fit` is called on.

    Args:
        net: the recipe's net; its weights are those that are trained.
        recipe: with `replicas` settled.
        split: what it will be trained on.
    """
    loss = cross_entropy(recipe)
    model = net
    if part().shared:
        model = on_shares(net, Augmentation(recipe), part())
    elif by_epochs(split):
        model = epoch_at_once(net, recipe.batch_size, Augmentation(recipe))
    elif int(recipe.replicas) > 1 and on_tensorflow():
        model = side_by_side(net, loss, int(recipe.replicas))
    model.compile(
        optimizer=make_optimizer(recipe, recipe.epochs * -(-len(split) // recipe.batch_size)),
        loss=loss,
        metrics=[accuracy() if recipe.outliers else "accuracy"],
        steps_per_execution=steps_per_execution(recipe.batch_size),
        # On a CPU, XLA under TensorFlow takes 2.5 times as long for these nets, and torch's compiler needs one of C++.
        jit_compile="auto" if jax_platform() else False,
    )
    return model


def measured_pixels(split: Split) -> Pixels:
    """The mean and standard deviation of the pixels of up to 10,000 images."""
    measured = split.take(split.sample(_MEASURED_IMAGES)).images
    counts = sum((np.bincount(part.ravel(), minlength=256) for part in chunks(measured)), np.zeros(256))
    counts /= counts.sum()
    mean = float(counts @ np.arange(256))
    return Pixels(mean, max(1.0, float(np.sqrt(counts @ (np.arange(256) - mean) ** 2))))
