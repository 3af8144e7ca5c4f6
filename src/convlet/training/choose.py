"""Choose a recipe for a data set that is trained without one."""

from typing import Any

from convlet.data import Dataset
from convlet.data.form import measured_form
from convlet.recipes import PICTURE, Recipe, recipe
from convlet.recipes.suited import suited
from convlet.system.watch import Watch


def choose_recipe(dataset: Dataset, watch: Watch | None = None, **changes: Any) -> Recipe:
    """Return the named recipe that suits a data set, with some fields changed; note which one and why.

    Args:
        dataset: one with its images resized for the training.
        watch: callbacks.
        changes: fields of `Recipe`; errors: see `convlet.recipe`.
    """
    reading = changes.get("reading", "auto")
    if reading != "auto":
        kind = "picture" if reading == PICTURE else "ink"
    else:
        kind = (dataset.form if dataset.form and dataset.form.kind == "ink" else measured_form(dataset.train)[0]).kind
    chosen = suited(dataset.name, kind, len(dataset.train), min(dataset.image_shape[:2]), len(dataset.class_names))
    if watch:
        watch.on_note(f"recipe {chosen.recipe}: {chosen.why}.")
    return recipe(chosen.recipe, **{**chosen.changes, **changes})
