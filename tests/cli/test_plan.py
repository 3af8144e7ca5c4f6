"""What a training will do and how long it takes, told before it starts."""

import dataclasses

import pytest

from convlet.cli import plan
from convlet.recipes import RECIPES, recipe
from convlet.system import engine, machine
from convlet.training.resolve import with_enough_steps


@pytest.fixture(autouse=True)
def two_cores_with_bfloat16(monkeypatch) -> None:
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(machine, "cores", lambda: 2)
    monkeypatch.setattr(engine, "choose_precision", lambda wanted: ("bfloat16", ""))


def test_the_line(digits) -> None:
    line = plan.planned(RECIPES["small-data"], digits)
    assert line == f"recipe small-data on 1,437 images of digits, 25 epochs: about {line.split('about ')[1]}"
    assert line.endswith(" seconds on this machine.")


def test_a_longer_training_takes_longer() -> None:
    tutorial = RECIPES["tutorial"]
    once, twice = (plan.estimated(tutorial.changed(epochs=number), 60_000, (28, 28)) for number in (5, 10))
    assert 60 < once < 120  # measured on two cores: 83 s, benchmarks/results/speed.json
    assert twice == pytest.approx(2 * once, rel=0.1)
    assert plan.estimated(tutorial, 30_000, (28, 28)) < once < plan.estimated(tutorial, 60_000, (56, 56))


def test_more_cores_take_less_and_float32_more(monkeypatch) -> None:
    before = plan.estimated(RECIPES["accurate"], 57_000, (28, 28))
    monkeypatch.setattr(machine, "cores", lambda: 4)
    faster = plan.estimated(RECIPES["accurate"], 57_000, (28, 28))
    monkeypatch.setattr(engine, "choose_precision", lambda wanted: ("float32", ""))
    assert faster < before < 2 * plan.estimated(RECIPES["accurate"], 57_000, (28, 28))


@pytest.mark.parametrize("changes", [{"filters": [256, 256]}, {"ensemble": 3}, {"name": "mine"}])
def test_of_another_net_nothing_is_promised(changes, digits) -> None:
    changed = recipe("tutorial", **changes)
    assert plan.estimated(changed, 60_000, (28, 28)) is None
    assert "the first epoch tells how long it takes" in plan.planned(changed, digits)


def test_the_epochs_are_those_of_the_images_that_are_left_to_learn_from(digits) -> None:
    """Of 96 images 20 validate; the training itself counts so."""
    few = dataclasses.replace(digits, train=digits.train.take(range(96)))
    pictures = recipe("pictures-small", validation_fraction=0.21)
    assert with_enough_steps(pictures, len(few.with_validation(0.21).train)).epochs == 200
    assert ", 200 epochs: " in plan.planned(pictures, few)


def test_few_images_are_passed_more_often() -> None:
    assert plan.passes(RECIPES["tutorial"], 100) == 5
    assert plan.passes(RECIPES["accurate"], 100) == 200
    assert plan.passes(RECIPES["accurate"], 57_000) == 30
