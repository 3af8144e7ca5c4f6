"""A run's state after an epoch, written and read back."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import convlet
from convlet.errors import ModelError
from convlet.models import build_model
from convlet.run import CHECKPOINT, CHECKPOINTS, Epoch
from convlet.training import checkpoint
from convlet.training.checkpoint import Place, State
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
    state = State(history=[EPOCH, NOT_VALIDATED], finished=[start], kept=start[:2])
    checkpoint.save(whole, state, tmp_path)
    found = checkpoint.load(tmp_path)
    assert found is not None
    assert found.state.history == state.history
    assert found.state.place == Place()
    assert [kept.shape for kept in found.state.kept] == [kept.shape for kept in start[:2]]
    for kept, weight in zip(found.state.finished[0], start, strict=True):
        np.testing.assert_array_equal(kept, weight)
    found.restore(other)
    for model in (whole, other):
        step(model, 2)
    for one, same, before in zip(whole.get_weights(), other.get_weights(), start, strict=True):
        np.testing.assert_array_equal(one, same)
        assert (one != before).any()


@pytest.mark.parametrize("change", [{"optimizer": "adamw"}, {"filters": [4, 8]}, {"filters": [5]}])
def test_that_of_another_net_or_optimizer_is_refused(change: dict[str, object], tmp_path) -> None:
    checkpoint.save(compiled(optimizer="sgd"), State(history=[]), tmp_path)
    with pytest.raises(ModelError, match="different net"):
        checkpoint.load(tmp_path).restore(compiled(**{"optimizer": "sgd"} | change))


def test_none(tmp_path) -> None:
    assert checkpoint.load(tmp_path) is None


def _saved_twice(folder: Path) -> tuple[Path, Path]:
    for history in ([EPOCH], [EPOCH, NOT_VALIDATED]):
        checkpoint.save(compiled(), State(history=history), folder)
    newest, before = (folder / name for name in CHECKPOINTS)
    return newest, before


@pytest.mark.parametrize("damage", ["cut short", "one bit", "empty", "missing"])
def test_of_a_damaged_one_the_one_before_is_taken(damage: str, tmp_path) -> None:
    newest, _ = _saved_twice(tmp_path)
    assert len(checkpoint.load(tmp_path).state.history) == 2
    _damage(newest, damage)
    found = checkpoint.load(tmp_path)
    assert len(found.state.history) == 1
    assert bool(found.damaged) is (damage != "missing")


def test_both_are_damaged(tmp_path) -> None:
    for path in _saved_twice(tmp_path):
        _damage(path, "one bit")
    with pytest.raises(ModelError, match=r"No state is left to resume: train again from .*recipe\.toml"):
        checkpoint.load(tmp_path)


def test_every_flipped_bit_is_noticed(tmp_path) -> None:
    checkpoint.save(compiled(), State(history=[EPOCH]), tmp_path)
    path = tmp_path / CHECKPOINT
    content = path.read_bytes()
    random = np.random.default_rng(1)
    for place in [*range(400), *random.integers(len(content), size=200)]:
        path.write_bytes(flipped(content, int(place), int(random.integers(8))))
        with pytest.raises(ModelError):
            checkpoint.load(tmp_path)


def flipped(content: bytes, place: int, bit: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]


def _damage(path: Path, damage: str) -> None:
    content = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut short": content[:-100], "one bit": flipped(content, 2000, 3), "empty": b""}[damage])
