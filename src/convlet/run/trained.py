"""Describe how a run was trained, for its report."""

from collections.abc import Sequence
from dataclasses import asdict

from convlet.recipes import Recipe, in_words
from convlet.report import Curve, Training
from convlet.run.history import Epoch, of_last_net


def trained(history: Sequence[Epoch], recipe: Recipe) -> Training | None:
    """Return the curves of all epochs (for an ensemble, the last net's) and the settings; None without epochs."""
    own = of_last_net(history, recipe.ensemble)
    if not own:
        return None
    return Training(
        curves=[
            Curve(what, [getattr(epoch, what) for epoch in own], [getattr(epoch, f"val_{what}") for epoch in own])
            for what in ("accuracy", "loss")
        ],
        validated_on=recipe.validate_on,
        settings={field: in_words(value) for field, value in asdict(recipe).items()},
    )
