"""Resolve a recipe before training, so that the saved recipe says what was done."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from convlet.data import Dataset, Split
from convlet.data.disk import chunks
from convlet.data.form import measured_form
from convlet.data.mirror import may_mirror
from convlet.data.sizing import Wanted
from convlet.models import FAINTEST, Pixels, top_hat_side
from convlet.recipes import DARK_INK, LIGHT_INK, MOST_EPOCHS, PICTURE, RECIPES, Recipe
from convlet.signature import Form
from convlet.system.engine import choose_precision, choose_replicas
from convlet.training.augmentation.forms import takes_forms

_PIXELS_OF = 10_000  # images
_TOP_HAT_OF = 500  # images
_TOP_HAT_CHANGES = 0.05  # of the ink
_SMALL_BATCH, _LEAST_BATCH = 64, 16  # images; batches smaller than the first number keep two cores less busy
_PARTS, _TIMES = 4, 2  # a quarter of a recipe's batch is small enough if twice its epochs then give enough steps
_FEW_STEPS = 10  # per epoch; below this, batches shrink to the minimum
_MIXED_FROM = 10  # images of a class
_OF_INK = ("top_hat", "thickness", "clutter", "forms")


def wanted_of(recipe: Recipe) -> Wanted:
    """Return the image size and form that a recipe requires."""
    return Wanted.of(recipe.image_size, recipe.fit, "picture" if recipe.reading == PICTURE else "auto")


def form_of(recipe: Recipe, dataset: Dataset) -> Form:
    """Measure how the training images look, unless the recipe's `reading` or the loading determines it."""
    return explained_form(recipe, dataset)[0]


def explained_form(recipe: Recipe, dataset: Dataset) -> tuple[Form, str]:
    """Return `form_of` and the reason in words."""
    if dataset.form is not None and dataset.form.kind == "ink":
        return dataset.form, "each was cut out of its image and placed alike"
    fit = dataset.form.fit if dataset.form is not None else recipe.fit
    if recipe.reading == PICTURE:
        return Form(fit=fit), f"the recipe says reading = {recipe.reading}"
    measured, why = measured_form(dataset.train)
    if measured.kind == "picture":
        measured = replace(measured, fit=fit)
    if recipe.reading == "auto":
        return measured, why
    light = recipe.reading == LIGHT_INK
    form = replace(measured, light=light) if measured.kind == "ink" else Form(kind="ink", light=light)
    return form, f"the recipe says reading = {recipe.reading}"


def resolved(recipe: Recipe, dataset: Dataset, form: Form) -> tuple[Recipe, list[str]]:
    """Replace every "auto" in a recipe, and turn off ink-only settings if the images are pictures; add notes."""
    reading = (LIGHT_INK if form.light else DARK_INK) if form.kind == "ink" else PICTURE
    changes: dict[str, Any] = dict.fromkeys(_OF_INK, 0) if reading == PICTURE else {}
    if recipe.top_hat and reading != PICTURE and not _top_hat_keeps(recipe, dataset.train, dark=reading == DARK_INK):
        changes["top_hat"] = 0
    if reading == PICTURE:
        changes |= _as_brought(dataset, form)
    precision, reason = choose_precision(recipe.precision)
    notes = [f"training in {precision}: {reason}."]
    if recipe.outliers and not isinstance(dataset.train.images, np.ndarray):
        changes["outliers"] = 0
        notes.append(
            "trained without outliers, which need data in memory: the model will refuse fewer images of other things."
        )
    if recipe.forms and reading != PICTURE and not takes_forms(dataset.train, dataset.class_names):
        changes["forms"] = 0
        if recipe.forms != (RECIPES[recipe.name].forms if recipe.name in RECIPES else 0):
            notes.append("forms is off: it needs data in memory and the ten digits as classes.")
    if pixels := dataset.about.get("pixels"):
        notes.append(f"images are {pixels}.")
    if recipe.keep == "best" and recipe.validate_on == "test":
        changes["keep"] = "last"
        notes.append("the last epoch is kept, not the best: test images must not decide anything.")
    enough = with_enough_steps(recipe, len(dataset.train))
    if (enough.epochs, enough.batch_size) != (recipe.epochs, recipe.batch_size):
        notes.append(_few(recipe, enough, len(dataset.train)))
    recipe = enough
    named = RECIPES.get(recipe.name)
    as_named = named is not None and named.mixing == recipe.mixing > 0  # not an explicit choice
    if as_named and np.bincount(dataset.train.labels).max() < _MIXED_FROM:
        changes["mixing"] = 0
        notes.append(f"images are not mixed: no class has {_MIXED_FROM} images.")
    if recipe.flip == "auto":
        changes["flip"] = 0.5 if reading == PICTURE and may_mirror(dataset.train, dataset.class_names) else 0
    if recipe.mirror == "average" and not changes.get("flip", recipe.flip):
        changes["mirror"] = "none"
        notes.append("the model does not average over mirror images, since training mirrors none (flip = 0).")
    replicas = choose_replicas(recipe.replicas, recipe.batch_size)
    return recipe.changed(precision=precision, replicas=replicas, reading=reading, **changes), notes


def settled(recipe: Recipe, dataset: Dataset, taught: Split) -> tuple[Recipe, list[str]]:
    """Replace what is "auto" in the recipe of a training that goes on from a model; add notes.

    Args:
        recipe: with the model's `reading`.
        dataset: all images of the training.
        taught: the new ones.
    """
    precision, reason = choose_precision(recipe.precision)
    changes: dict[str, Any] = {"precision": precision}
    notes = [f"training in {precision}: {reason}."]
    if recipe.top_hat and not _top_hat_keeps(recipe, taught, dark=recipe.reading == DARK_INK):
        changes["top_hat"] = 0
        notes.append("top_hat is off: it would remove broad strokes of the new images. Uneven ground disturbs more.")
    if recipe.forms and not takes_forms(dataset.train, dataset.class_names):
        changes["forms"] = 0
    if recipe.flip == "auto":
        changes["flip"] = 0
    changes["replicas"] = choose_replicas(recipe.replicas, recipe.batch_size)
    return recipe.changed(**changes), notes


def _as_brought(dataset: Dataset, form: Form) -> dict[str, str]:
    """Return the recipe's size and fit of pictures, if they were loaded with a different size or fit."""
    height, width, _ = dataset.image_shape
    chosen = dataset.form is None or "size" in dataset.about
    return {"fit": form.fit} if chosen else {"fit": form.fit, "image_size": f"{width}x{height}"}


def with_enough_steps(recipe: Recipe, images: int) -> Recipe:
    """Return the recipe with smaller batches and more epochs, if `images` are too few for its `least_steps`.

    A named recipe's rate is adapted to the smaller batch; an explicitly chosen rate stays.
    """
    if not recipe.least_steps:
        return recipe
    batch, epochs = min(recipe.batch_size, images), recipe.epochs
    while (steps := epochs * math.ceil(images / batch)) < recipe.least_steps and (
        batch > _SMALL_BATCH or (batch > _LEAST_BATCH and math.ceil(images / batch) < _FEW_STEPS)
    ):
        if batch * _PARTS <= recipe.batch_size and steps * _TIMES >= recipe.least_steps:
            break
        batch = max(_LEAST_BATCH, batch // 2)
    epochs = max(epochs, min(MOST_EPOCHS, math.ceil(recipe.least_steps / math.ceil(images / batch))))
    changes: dict[str, Any] = {} if batch == recipe.batch_size else {"batch_size": batch}
    named = RECIPES.get(recipe.name)
    if named and named.learning_rate == recipe.learning_rate:
        changes["learning_rate"] = recipe.rate_of(batch)
    if isinstance(recipe.replicas, int) and batch < _LEAST_BATCH * 2 * recipe.replicas:
        changes["replicas"] = 1  # batch normalization needs more than a few images
    return recipe.changed(epochs=epochs, **changes)


def _few(asked: Recipe, enough: Recipe, images: int) -> str:
    """Describe how a recipe gets enough steps with so few images."""
    has, had = [], []
    if enough.epochs != asked.epochs:
        has, had = [f"for {enough.epochs:,} epochs"], [f"{asked.epochs:,} epochs"]
    if enough.batch_size != asked.batch_size:
        has.append(f"in batches of {enough.batch_size:,} at a learning rate of {enough.learning_rate:g}")
        had.append(f"in batches of {asked.batch_size:,} at {asked.learning_rate:g}")
    now = " ".join(has) + ("," if len(has) > 1 else "")
    return f"{images:,} images are few for {asked.name}: it trains {now} instead of {' '.join(had)}."


def measured_pixels(split: Split) -> Pixels:
    """Measure the mean and standard deviation of the pixels of up to 10,000 images."""
    images = split.take(split.sample(_PIXELS_OF)).images
    counts = sum((np.bincount(chunk.ravel(), minlength=256) for chunk in chunks(images)), np.zeros(256))
    counts /= counts.sum()
    mean = float(counts @ np.arange(256))
    return Pixels(mean, max(1.0, float(np.sqrt(counts @ (np.arange(256) - mean) ** 2))))


def _top_hat_keeps(recipe: Recipe, split: Split, *, dark: bool) -> bool:
    """Whether the top-hat, which training omits, hardly changes the images; false if strokes are broad or faint."""
    from scipy import ndimage

    images = split.images[split.sample(_TOP_HAT_OF)].astype(np.float32)
    light = 255 - images if dark else images
    side = top_hat_side(recipe, split.image_shape)
    ink = light - ndimage.grey_opening(light, size=(1, side, side, 1))
    stretched = ink * 255 / np.maximum(ink.max(axis=(1, 2, 3), keepdims=True), FAINTEST)
    return bool(np.abs(stretched - light).sum() <= _TOP_HAT_CHANGES * light.sum())
