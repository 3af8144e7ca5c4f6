"""What is decided before training, so that the kept recipe says what was done."""

from dataclasses import replace

import numpy as np

from convlet.data import Dataset, Split
from convlet.data.disk import chunks
from convlet.data.form import measured_form
from convlet.models import FAINTEST, Pixels, top_hat_side
from convlet.recipes import DARK_INK, LIGHT_INK, PICTURE, Recipe
from convlet.signature import Form
from convlet.system.engine import choose_precision, choose_replicas

_PIXELS_OF = 10_000  # images
_TOP_HAT_OF = 500  # images
_TOP_HAT_CHANGES = 0.05  # of the ink
_OF_INK = ("top_hat", "thickness", "clutter", "outliers")


def form_of(recipe: Recipe, dataset: Dataset) -> Form:
    """Measure how the training images look; the recipe's `reading` overrules it."""
    measured = measured_form(dataset.train)
    if recipe.reading == "auto":
        return measured
    if recipe.reading == PICTURE:
        return Form()
    light = recipe.reading == LIGHT_INK
    return replace(measured, light=light) if measured.kind == "ink" else Form(kind="ink", light=light)


def resolved(recipe: Recipe, dataset: Dataset, form: Form) -> tuple[Recipe, list[str]]:
    """Replace every "auto" of a recipe, and switch off what is for ink if the images are pictures; add notes."""
    reading = (LIGHT_INK if form.light else DARK_INK) if form.kind == "ink" else PICTURE
    changes: dict[str, float] = dict.fromkeys(_OF_INK, 0) if reading == PICTURE else {}
    if recipe.top_hat and reading != PICTURE and not _top_hat_keeps(recipe, dataset, dark=reading == DARK_INK):
        changes["top_hat"] = 0
    precision, reason = choose_precision(recipe.precision)
    notes = [f"training in {precision}: {reason}."]
    if recipe.outliers and reading != PICTURE and not isinstance(dataset.train.images, np.ndarray):
        changes["outliers"] = 0
        notes.append(
            "trained without outliers, which need data in memory: the model will refuse fewer images of other things."
        )
    if pixels := dataset.about.get("pixels"):
        notes.append(f"images are {pixels}.")
    replicas = choose_replicas(recipe.replicas, recipe.batch_size)
    return recipe.changed(precision=precision, replicas=replicas, reading=reading, **changes), notes


def measured_pixels(split: Split) -> Pixels:
    """Measure the mean and standard deviation of the pixels of up to 10,000 images."""
    images = split.take(split.sample(_PIXELS_OF)).images
    counts = sum((np.bincount(chunk.ravel(), minlength=256) for chunk in chunks(images)), np.zeros(256))
    counts /= counts.sum()
    mean = float(counts @ np.arange(256))
    return Pixels(mean, max(1.0, float(np.sqrt(counts @ (np.arange(256) - mean) ** 2))))


def _top_hat_keeps(recipe: Recipe, dataset: Dataset, *, dark: bool) -> bool:
    """Whether the top-hat, which training omits, hardly changes the images: not if strokes are broad or faint."""
    from scipy import ndimage

    images = dataset.train.images[dataset.train.sample(_TOP_HAT_OF)].astype(np.float32)
    light = 255 - images if dark else images
    side = top_hat_side(recipe, dataset.image_shape)
    ink = light - ndimage.grey_opening(light, size=(1, side, side, 1))
    stretched = ink * 255 / np.maximum(ink.max(axis=(1, 2, 3), keepdims=True), FAINTEST)
    return bool(np.abs(stretched - light).sum() <= _TOP_HAT_CHANGES * light.sum())
