"""Summarize the data before training, in a few lines for the user."""

import numpy as np

from convlet.data import Dataset
from convlet.data.files import files_of
from convlet.data.labels import shown
from convlet.recipes import Recipe
from convlet.signature import Form
from convlet.training.balance import MOST, shares_of

_KINDS = {"ink": "characters or drawings (ink)", "picture": "pictures"}
_FITS = {
    "pad": "padded with the color of their border",
    "crop": "cropped to their middle",
    "stretch": "stretched",
}


def introduced(dataset: Dataset, recipe: Recipe, form: Form, why: str) -> list[str]:
    """Describe the images' kind and its reason; their size and how others are resized to it; their classes;
    and any classes that nothing measures.

    Args:
        dataset: has the splits to train on.
        recipe: a resolved one.
        form: that of the images.
        why: why the images were taken for `form.kind`, worded to end a sentence.
    """
    other = "" if "reading =" in why else " (set reading to override)"
    return [
        f"{dataset.name}: taken as {_KINDS[form.kind]}: {why}{other}.",
        _size(dataset, form),
        _classes(dataset, recipe),
        *(_unmeasured(dataset) if recipe.validate_on == "validation" else ()),
    ]


def _size(dataset: Dataset, form: Form) -> str:
    height, width, channels = dataset.image_shape
    size = f"size: {width}x{height} pixels, {'gray' if channels == 1 else 'in color'}"
    if chosen := dataset.about.get("size"):
        size += f", {chosen} (set image_size to override)"
    if form.kind == "ink":
        way = "cut out, resized and centered"
    else:
        way = f"resized, and {_FITS[form.fit]} if its shape differs".replace("their", "its")
    if dataset.form is None:
        return f"{size}, the images' own size; other images will be {way}."
    return f"{size}; each image was {way}; images you predict on are treated the same way."


def _classes(dataset: Dataset, recipe: Recipe) -> str:
    labels, names = dataset.train.labels, dataset.class_names
    counts = np.bincount(labels, minlength=len(names))
    least, most = int(counts.argmin()), int(counts.argmax())
    line = f"classes: {len(names):,}, with {len(labels):,} training images: "
    line += (
        f"{counts[most]:,} in each"
        if counts[least] == counts[most]
        else f"{counts[least]:,} ({names[least]}) to {counts[most]:,} ({names[most]}) in a class"
    )
    if shares_of(labels, len(names)):
        line += (
            f"; rare classes are oversampled to 1/{MOST} of the largest (balance = none turns that off)"
            if recipe.balance == "auto"
            else "; rare classes are not oversampled (balance = auto does that)"
        )
    if dataset.left_out:
        line += f"; files left out: {files_of(dataset.left_out):,}"
    return f"{line}."


def _unmeasured(dataset: Dataset) -> list[str]:
    """Return a line about the classes with training images but no validation images, if there are any."""
    names = dataset.class_names
    trained, judged = (
        np.bincount(dataset.split(split).labels, minlength=len(names)) > 0 for split in ("train", "validation")
    )
    lacking = [names[number] for number in np.flatnonzero(trained & ~judged)]
    if not lacking:
        return []
    has, them = ("has", "it") if len(lacking) == 1 else ("have", "them")
    line = (
        f"{len(lacking):,} of {len(names):,} classes {has} no validation images, so nothing measures how well the "
        f"model knows {them}: {shown(lacking)}. Add images of {them}."
    )
    return [line]
