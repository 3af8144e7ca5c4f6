"""A run's state after an epoch, written and read back."""

from dataclasses import replace

import numpy as np
import pytest

import convlet
from convlet.errors import ModelError
from convlet.models import build_model
from convlet.run import CHECKPOINT, Epoch
from convlet.training import checkpoint
from convlet.training.optimizer import cross_entropy, make_optimizer

SMALL = {"filters": [4], "dense_units": 8, "dropout": 0.5, "schedule": "one-cycle", "learning_rate": 0.01}
EPOCH = Epoch(epoch=1, loss=2.1, accuracy=0.3, val_loss=1.9, val_accuracy=0.4, seconds=1.5, val_seconds=0.5)


NOT_VALIDATED = replace(EPOCH, epoch=2, val_loss=None, val_accuracy=None)


def compiled(**changes: object):
    """A separate, untrained net."""
    recipe = convlet.recipe("small-data", **SMALL | changes)
    model = build_model(recipe, (8, 8, 1), 3)
    model.compile(optimizer=make_optimizer(recipe, 20), loss=cross_entropy(recipe, 3), jit_compile=False)
    return model


def step(model, seed: int) -> None:
    random = np.random.default_rng(seed)
    model.train_on_batch(random.integers(0, 256, (16, 8, 8, 1), dtype=np.uint8), random.integers(0, 3, 16))


@pytest.mark.slow
@pytest.mark.parametrize(
    "optimizer",
    ["adam", "muon", "sgd", *(pytest.param(name, marks=pytest.mark.slow) for name in ("adamw", "nadam", "rmsprop"))],
)
def test_every_optimizer_goes_on_where_it_was(optimizer: str, tmp_path) -> None:
    fields = {"optimizer": optimizer, "normalization": "batch", "momentum": 0.5}
    whole, other = compiled(**fields), compiled(**fields, seed=2)
    start = whole.get_weights()
    step(whole, 1)
    checkpoint.save(whole, [EPOCH, NOT_VALIDATED], [start], tmp_path, start[:2])
    found = checkpoint.load(tmp_path)
    assert found.history == [EPOCH, NOT_VALIDATED]
    assert [kept.shape for kept in found.kept] == [kept.shape for kept in start[:2]]
    for kept, weight in zip(found.finished[0], start, strict=True):
        np.testing.assert_array_equal(kept, weight)
    found.restore(other)
    for model in (whole, other):
        step(model, 2)
    for one, same, before in zip(whole.get_weights(), other.get_weights(), start, strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != before).any()


@pytest.mark.parametrize("change", [{"optimizer": "adamw"}, {"filters": [4, 8]}, {"filters": [5]}])
def test_that_of_another_net_or_optimizer_is_refused(change: dict[str, object], tmp_path) -> None:
    checkpoint.save(compiled(optimizer="sgd"), [], [], tmp_path)
    with pytest.raises(ModelError, match="different net"):
        checkpoint.load(tmp_path).restore(compiled(**{"optimizer": "sgd"} | change))


def test_none_and_a_damaged_one(tmp_path) -> None:
    with pytest.raises(ModelError, match="no epoch was finished"):
        checkpoint.load(tmp_path)
    checkpoint.save(compiled(), [], [], tmp_path)
    content = (tmp_path / CHECKPOINT).read_bytes()
    (tmp_path / CHECKPOINT).write_bytes(content[:-100])
    with pytest.raises(ModelError, match="cannot be read"):
        checkpoint.load(tmp_path)
