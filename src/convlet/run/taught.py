"""Join new images with those that a trained model kept, under the names of all classes."""

from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import numpy as np

from convlet.data import Dataset, Split
from convlet.data.bring import as_read
from convlet.data.form import measured_form
from convlet.data.split import cut, relabeled
from convlet.errors import DataError
from convlet.run.kept import Kept
from convlet.signature import Form, Signature

_ENOUGH = 5  # images of a class of which some can be held out
_JOINED = "kept images"  # the fact about joined data: the SHA-256 of those that stand before the others
_MANY = 40  # training images of a class of which a test split was cut


def all_classes(before: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a model's classes, and after them those that are new."""
    return (*before, *(name for name in new if name not in before))


def joined(dataset: Dataset, kept: Kept | None, signature: Signature, fraction: float) -> Dataset:
    """Return a data set whose train and validation begin with the images kept, brought to a model's form.

    Args:
        dataset: the new images, of any size; unchanged if they were joined before.
        kept: those of the model, if it has any.
        signature: the model's.
        fraction: of the new images that are held out for validation, if a class has five.
    """
    mark = kept.trained.sha256 if kept else "none"
    if dataset.about.get(_JOINED) == mark:
        return dataset
    shape, form = signature.input_shape, signature.form
    names = all_classes(signature.class_names, dataset.class_names)
    turned = is_turned(dataset, form)

    def read(name: str) -> Split:
        split = as_read(dataset, name, shape, form)
        images = 255 - split.images[:] if turned else split.images[:]
        return relabeled(Split(images, split.labels, f"{dataset.name}, {name}"), dataset.class_names, names)

    train, validation = read("train"), read("validation") if dataset.validation else None
    tested = dataset.has_own_test or bool(np.bincount(dataset.train.labels).max() >= _MANY)
    if not tested and dataset.has_test:  # of a few each teaches
        train = _after(train, read("test"))
    if validation is None and np.bincount(train.labels).max() >= _ENOUGH:
        train, validation = cut(train, fraction)
    if kept is not None:
        train = _after(kept.trained, train)
        validation = _after(kept.held_out, validation) if kept.held_out and validation else kept.held_out or validation
    return replace(
        dataset,
        train=train,
        validation=validation or train,
        class_names=names,
        open_test=lambda: read("test") if tested else _no_test(dataset.name),
        form=form,
        reread=None,
        about={**dataset.about, _JOINED: mark},
        white=signature.white,
    )


def _no_test(name: str) -> NoReturn:
    raise DataError(
        f"{name} has no test images: each of these few was taught. Evaluate the model on other data: convlet evaluate "
        "RUN DATASET"
    )


def is_turned(dataset: Dataset, form: Form) -> bool:
    """Whether a data set's ink is dark where a model's is light, or the other way around, and was not yet read so."""
    if form.kind != "ink" or dataset.form is not None or dataset.reread:
        return False
    own, _ = measured_form(dataset.train)
    return own.kind == "ink" and own.light != form.light


def _after(first: Split, second: Split) -> Split:
    images = np.concatenate([first.images[:], second.images[:]])
    return Split(images, np.concatenate([first.labels, second.labels]), second.name)
