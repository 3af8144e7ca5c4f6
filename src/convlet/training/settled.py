"""What is settled before a training begins, so that the run's recipe says what was done, on whatever machine it is taken up again."""

from dataclasses import replace

from convlet.data import Dataset
from convlet.data.form import measured_form
from convlet.engine import choose_precision, choose_replicas
from convlet.recipes import DARK_INK, LIGHT_INK, PICTURE, Recipe
from convlet.signature import Form

_OF_INK = ("top_hat", "thickness", "clutter", "outliers")


def settled(recipe: Recipe, dataset: Dataset) -> tuple[Recipe, str]:
    """The recipe with nothing left to "auto", and nothing that is made for ink where the images are none.

    Returns:
        The recipe, and a line about the precision for the person who waits.
    """
    form = form_of(recipe, dataset)
    reading = (LIGHT_INK if form.light else DARK_INK) if form.kind == "ink" else PICTURE
    changes: dict[str, float] = dict.fromkeys(_OF_INK, 0) if reading == PICTURE else {}
    if recipe.top_hat and min(dataset.image_shape[:2]) < 2 * recipe.top_hat:  # strokes of small images are as broad as its square
        changes["top_hat"] = 0
    precision, reason = choose_precision(recipe.precision)
    replicas = choose_replicas(recipe.replicas, recipe.batch_size)
    return recipe.changed(precision=precision, replicas=replicas, reading=reading, **changes), reason


def form_of(recipe: Recipe, dataset: Dataset) -> Form:
    """How the training images look: as the recipe says where it says so, and as they are found to be."""
    measured = measured_form(dataset.train)
    if recipe.reading == "auto":
        return measured
    if recipe.reading == PICTURE:
        return Form()
    light = recipe.reading == LIGHT_INK
    return replace(measured, light=light) if measured.kind == "ink" else Form(kind="ink", light=light)
