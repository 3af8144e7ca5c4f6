"""The recipe `teach` is the model's own, trained shortly and gently."""

import pytest

import convlet
from convlet.errors import RecipeError, UsageError
from convlet.recipes import RECIPES, parse_settings, require_same_net, teaching


@pytest.mark.parametrize("name", RECIPES)
def test_it_has_the_net_of_the_model(name: str) -> None:
    base = RECIPES[name]
    own = teaching(base, (28, 28, 1))
    assert own.name == "teach"
    assert require_same_net(own, base) == own
    assert own.epochs <= 24
    assert own.validate_on == "validation"


def test_ink_is_moved_at_least_as_much_as_strangers_move_it() -> None:
    base = convlet.recipe("tutorial", reading="light-ink")
    assert base.rotation == 0
    own = teaching(base, (56, 40, 1))
    assert (own.rotation, own.shift) == (10.0, 2.9)
    wild = teaching(base.changed(rotation=45.0), (28, 28, 1))
    assert wild.rotation == 45.0
    assert teaching(base.changed(reading="picture"), (28, 28, 1)).rotation == 0


def test_new_classes_are_trained_longer(run) -> None:
    assert run.teaching(["3", "7"]).epochs < run.teaching(["3", "x"]).epochs
    assert run.teaching(["3", "x"], epochs=2).epochs == 2


def test_another_net_is_refused_and_auto_means_the_models(run) -> None:
    base = run.recipe
    with pytest.raises(RecipeError, match=r"filters = \(8, 16\), and .* has filters = \(4, 8\)"):
        require_same_net(base.changed(filters=[4, 8]), base.changed(filters=[8, 16]))
    assert require_same_net(base.changed(reading="auto"), base).reading == base.reading


def test_it_has_no_name_without_a_model() -> None:
    with pytest.raises(UsageError, match=r"--from RUN.*run\.teaching"):
        convlet.recipe("teach")


def test_keep_as_a_whole_number_means_images() -> None:
    assert RECIPES["fast"].changed(**parse_settings({"keep": "0"})).kept_images == 0
    assert parse_settings({"keep": "best"}) == {"keep": "best"}
