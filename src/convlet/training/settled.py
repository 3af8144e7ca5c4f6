"""What is settled before a training begins, so that the run's recipe says what was done, on whatever machine it is taken up again."""

from dataclasses import replace

import numpy as np

from convlet.data import Dataset
from convlet.data.form import measured_form
from convlet.models import FAINTEST, top_hat_side
from convlet.recipes import DARK_INK, LIGHT_INK, PICTURE, Recipe
from convlet.signature import Form
from convlet.system.engine import choose_precision, choose_replicas

_LOOK_AT = 500  # images
_CHANGED = 0.05  # of the ink
_OF_INK = ("top_hat", "thickness", "clutter", "outliers")


def settled(recipe: Recipe, dataset: Dataset) -> tuple[Recipe, list[str]]:
    """The recipe with nothing left to "auto", and nothing that is made for ink where the images are none.

    Returns:
        The recipe, and what to tell the person who waits.
    """
    form = form_of(recipe, dataset)
    reading = (LIGHT_INK if form.light else DARK_INK) if form.kind == "ink" else PICTURE
    changes: dict[str, float] = dict.fromkeys(_OF_INK, 0) if reading == PICTURE else {}
    if recipe.top_hat and reading != PICTURE and not _leaves_alone(recipe, dataset, dark=reading == DARK_INK):
        changes["top_hat"] = 0
    precision, reason = choose_precision(recipe.precision)
    notes = [f"training in {precision}: {reason}."]
    if recipe.outliers and reading != PICTURE and not isinstance(dataset.train.images, np.ndarray):
        changes["outliers"] = 0
        notes.append(
            "trained without outliers, which are made for data in memory: the model will refuse less of what is none of the classes."
        )
    if pixels := dataset.about.get("pixels"):
        notes.append(f"images are {pixels}.")
    replicas = choose_replicas(recipe.replicas, recipe.batch_size)
    return recipe.changed(precision=precision, replicas=replicas, reading=reading, **changes), notes


def _leaves_alone(recipe: Recipe, dataset: Dataset, *, dark: bool) -> bool:
    """Whether the top-hat, which training leaves out, hardly changes the training images: not so where strokes are broad or ink is faint."""
    from scipy import ndimage

    images = dataset.train.images[dataset.train.sample(_LOOK_AT)].astype(np.float32)
    light = 255 - images if dark else images
    side = top_hat_side(recipe, dataset.image_shape)
    ink = light - ndimage.grey_opening(light, size=(1, side, side, 1))
    stretched = ink * 255 / np.maximum(ink.max(axis=(1, 2, 3), keepdims=True), FAINTEST)
    return bool(np.abs(stretched - light).sum() <= _CHANGED * light.sum())


def form_of(recipe: Recipe, dataset: Dataset) -> Form:
    """How the training images look: as the recipe says where it says so, and as they are found to be."""
    measured = measured_form(dataset.train)
    if recipe.reading == "auto":
        return measured
    if recipe.reading == PICTURE:
        return Form()
    light = recipe.reading == LIGHT_INK
    return replace(measured, light=light) if measured.kind == "ink" else Form(kind="ink", light=light)
