"""What is known of the data before a training, in a few lines for the user."""

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
    """Return what the images are taken for and why; their size and how others are brought to it; their classes;
    and any classes that nothing measures.

    Args:
        dataset: with the splits to train on.
        recipe: resolved.
        form: of the images.
        why: the images were taken for `form.kind`, as the rest of a sentence.
    """
    other = "" if "reading =" in why else " (reading overrules that)"
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
        size += f", {chosen} (image_size sets another)"
    if form.kind == "ink":
        way = "cut out, made one size and centered"
    else:
        way = f"resized, and {_FITS[form.fit]} where its shape differs".replace("their", "its")
    if dataset.form is None:
        return f"{size}, as the images came; another image will be {way}."
    return f"{size}; each image was {way}, and so will be those that the model is asked about."


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
            f"; rare classes are shown more often, one to {MOST} of the largest (balance = none leaves that out)"
            if recipe.balance == "auto"
            else "; rare classes are shown as rarely as they are (balance = auto shows them more often)"
        )
    if dataset.left_out:
        line += f"; files left out: {files_of(dataset.left_out):,}"
    return f"{line}."


def _unmeasured(dataset: Dataset) -> list[str]:
    """Return a line about the classes with training images and no validation image, if there are any."""
    names = dataset.class_names
    trained, judged = (
        np.bincount(dataset.split(split).labels, minlength=len(names)) > 0 for split in ("train", "validation")
    )
    lacking = [names[number] for number in np.flatnonzero(trained & ~judged)]
    if not lacking:
        return []
    has, them = ("has", "it") if len(lacking) == 1 else ("have", "them")
    line = (
        f"{len(lacking):,} of {len(names):,} classes {has} no validation image, so nothing measures how well the model "
        f"knows {them}: {shown(lacking)}. Add images of {them}."
    )
    return [line]
