"""Replicas side by side step as the whole batch does."""

import numpy as np
import pytest

import convlet
from convlet.models import build_model
from convlet.training.engines.replicas import side_by_side
from convlet.training.optimizer import cross_entropy, make_optimizer

SMALL = {"filters": [4], "dense_units": 8, "dropout": 0}


def trained(recipe: convlet.Recipe, optimizer, steps: int = 5, batch: int = 16, replicas: int = 1) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (batch, 8, 8, 1), dtype=np.uint8), random.integers(0, 3, batch)
    net = build_model(recipe, (8, 8, 1), 3)
    loss = cross_entropy(recipe, 3)
    model = side_by_side(net, loss, replicas) if replicas > 1 else net
    model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"], jit_compile=False)
    for _ in range(steps):
        model.train_on_batch(images, labels)
    return net.get_weights()


def close(one: list[np.ndarray], other: list[np.ndarray], tolerance: float = 1e-5) -> None:
    for a, b in zip(one, other, strict=True):
        np.testing.assert_allclose(a, b, atol=tolerance)


@pytest.mark.slow
@pytest.mark.parametrize(("batch", "replicas"), [(16, 2), (7, 3), (1, 3)])
def test_replicas_step_as_the_whole_batch_does(batch: int, replicas: int) -> None:
    recipe = convlet.recipe("tutorial", label_smoothing=0.1, optimizer="sgd", learning_rate=0.1, **SMALL)
    whole, split = (
        trained(recipe, make_optimizer(recipe, 5), batch=batch, replicas=number) for number in (1, replicas)
    )
    assert all(np.isfinite(weight).all() for weight in split)
    close(whole, split)
