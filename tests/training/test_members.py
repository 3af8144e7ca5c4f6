"""The nets of an ensemble, one after the other."""

import numpy as np
import pytest

import convlet
from convlet.data import Dataset
from convlet.run import Epoch
from convlet.training.checkpoint import State
from convlet.training.members import Members, fit_members, member_recipe
from convlet.training.recorder import Keeper
from convlet.training.resolve import form_of, resolved

pytestmark = pytest.mark.slow

RECIPE = convlet.recipe("small-data", epochs=2, ensemble=2, filters=[4], dense_units=8, batch_size=200)


class Noting(Keeper):
    """Notes how many epochs and finished nets it was given, and the layers."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, int]] = []
        self.layers = ""

    def begin(self, _history: list[Epoch], layers) -> None:
        self.layers = layers()

    def keep(self, _model, state: State) -> None:
        self.kept.append((len(state.history), len(state.finished)))


def fitted(digits: Dataset, recipe: convlet.Recipe, keeper: Keeper, notes: list[str]) -> Members:
    dataset = digits.with_validation(0.2)
    form = form_of(recipe, dataset)
    return fit_members(dataset, resolved(recipe, dataset, form)[0], form, keeper, convlet.Watch(on_note=notes.append))


@pytest.mark.long
def test_each_net_is_the_one_that_its_seed_gives_alone(digits: Dataset) -> None:
    keeper, notes = Noting(), []
    both = fitted(digits, RECIPE, keeper, notes)
    assert keeper.kept == [(1, 0), (2, 0), (3, 1), (4, 1)]
    assert "dense" in keeper.layers
    assert [note for note in notes if note.startswith("net")] == ["net 1 of 2, seed 1:", "net 2 of 2, seed 2:"]
    assert [epoch.epoch for epoch in both.history] == [1, 2, 3, 4]
    second = fitted(digits, RECIPE.changed(ensemble=1, seed=2), Noting(), notes)
    (alone,) = second.weights
    assert all(np.array_equal(one, other) for one, other in zip(both.weights[1], alone, strict=True))
    assert not all(np.array_equal(one, other) for one, other in zip(*both.weights, strict=True))
    assert [epoch.loss for epoch in both.history[2:]] == [epoch.loss for epoch in second.history]


def test_seeds_follow_each_other_and_wrap_around() -> None:
    recipe = RECIPE.changed(seed=2**32 - 2)
    assert [member_recipe(recipe, member).seed for member in range(3)] == [2**32 - 2, 2**32 - 1, 0]
