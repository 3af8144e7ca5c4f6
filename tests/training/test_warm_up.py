import numpy as np
import pytest

import convlet
from convlet.models import build_model
from convlet.training.engines.tf_data import TensorFlowFeed
from convlet.training.optimizer import cross_entropy, make_optimizer
from convlet.training.plan import Plan
from convlet.training.warm_up import warm_up


@pytest.mark.parametrize("replicas", [1, 2])
def test_warming_up_leaves_everything_as_it_was(digits, replicas: int) -> None:
    recipe = convlet.recipe(
        "small-data", normalization="batch", filters=[4], dense_units=8, batch_size=64, replicas=replicas
    )
    feed = TensorFlowFeed(recipe)
    loss = cross_entropy(recipe, 10)
    model = feed.wrap(build_model(recipe, (8, 8, 1), 10), loss)
    model.compile(optimizer=make_optimizer(recipe, 5), loss=loss, metrics=["accuracy"], jit_compile=False)
    model.optimizer.build(model.trainable_variables)
    before = [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]
    assert warm_up(model, feed, digits.train, Plan(recipe, len(digits.train), (8, 8, 1))) > 0
    after = [variable.numpy() for variable in [*model.variables, *model.optimizer.variables]]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
