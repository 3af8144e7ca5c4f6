"""Join new images with those that a trained model kept, under the names of all classes."""

from collections.abc import Callable, Sequence
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
_MANY = 40  # training images of a class of which a test split was cut


def all_classes(before: Sequence[str], new: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a model's classes, and after them those that are new."""
    return (*before, *(name for name in new if name not in before))


def joined(dataset: Dataset, kept: Kept | None, signature: Signature, fraction: float) -> Dataset:
    """Return a data set whose train and validation begin with the images kept, brought to a model's form.

    Args:
        dataset: the new images, of any size; unchanged if they begin with those kept.
        kept: those of the model, if it has any.
        signature: the model's.
        fraction: of the new images that are held out for validation, if a class has five.
    """
    if _is_joined(dataset, kept):
        return dataset
    shape, form = signature.input_shape, signature.form
    names = all_classes(signature.class_names, dataset.class_names)
    turned = is_turned(dataset, form)

    def read(name: str) -> Split:
        split = as_read(dataset, name, shape, form)
        images = 255 - split.images[:] if turned else split.images[:]
        return relabeled(Split(images, split.labels, f"{dataset.name}, {name}"), dataset.class_names, names)

    train, validation = read("train"), read("validation") if dataset.validation else None
    if not has_test(dataset):
        train = _with_test(dataset, train, read)
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
        open_test=lambda: read("test") if has_test(dataset) else _no_test(dataset.name),
        form=form,
        reread=None,
        white=signature.white,
    )


def has_test(dataset: Dataset) -> bool:
    """Whether new images have a test split: their own, or one cut from many. Of a few each teaches."""
    return dataset.has_own_test or bool(np.bincount(dataset.train.labels).max() >= _MANY)


def _with_test(dataset: Dataset, train: Split, read: Callable[[str], Split]) -> Split:
    """Return train with the images that were cut from it for a test, if any were."""
    return _after(train, read("test")) if np.bincount(dataset.train.labels).max() > 1 else train


def _no_test(name: str) -> NoReturn:
    raise DataError(
        f"{name} has no test images: each of these few was taught. Evaluate the model on other data: convlet evaluate "
        "RUN DATASET"
    )


def _is_joined(dataset: Dataset, kept: Kept | None) -> bool:
    if kept is None or dataset.image_shape != kept.trained.image_shape:
        return False
    return np.array_equal(dataset.train.images[: len(kept.trained)], kept.trained.images[:])


def is_turned(dataset: Dataset, form: Form) -> bool:
    """Whether a data set's ink is dark where a model's is light, or the other way around, and was not yet read so."""
    if form.kind != "ink" or dataset.form is not None or dataset.reread:
        return False
    own, _ = measured_form(dataset.train)
    return own.kind == "ink" and own.light != form.light


def _after(first: Split, second: Split) -> Split:
    images = np.concatenate([first.images[:], second.images[:]])
    return Split(images, np.concatenate([first.labels, second.labels]), second.name)
