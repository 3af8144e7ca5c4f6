"""Resize the images of a loaded data set."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data import disk
from convlet.data.dataset import Dataset
from convlet.data.settle import chosen_for, shown_of
from convlet.data.sizing import Wanted, about_size
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.reading import read_image
from convlet.reading.batch import fit_together
from convlet.signature import Form
from convlet.system.watch import Watch


def brought_to(dataset: Dataset, wanted: Wanted, watch: Watch) -> Dataset:
    """Return a data set with its images resized, from the original files if there are any.

    Args:
        dataset: as loaded.
        wanted: a size and how to fit pictures to it; without one, `chosen_for` chooses.
        watch: gets "resizing SPLIT" and the images so far.
    """
    if wanted.kind == "auto" and dataset.kind == "picture":
        wanted = replace(wanted, kind="picture")
    height, width, channels = dataset.image_shape
    size, form, why = wanted.size, wanted.form, ""
    if isinstance(size, tuple):
        as_asked = size == (height, width) and wanted.channels in (None, channels)
        if as_asked and _are_brought_so(dataset, wanted):
            return dataset
    else:
        if dataset.form is not None:
            return dataset
        own = height, width
        size, chosen, why = chosen_for(own, wanted, lambda: [own], lambda: shown_of(dataset.train))
        if chosen is None:
            return dataset if dataset.kind == wanted.kind else replace(dataset, kind=wanted.kind)
        form = chosen
    if dataset.reread:
        return dataset.reread(wanted)
    shape = (*size, wanted.channels or (1 if form.kind == "ink" else channels))

    def bring(split: Split) -> Split:
        spill = Spill(split.name, needed=len(split) * math.prod(shape))
        done = 0
        for part in _brought(split, shape, form):
            spill.add(part)
            done += len(part)
            watch.on_progress(f"resizing {split.name}", done, len(split), "")
        return replace(split, images=spill.images((len(split), *shape)))

    opened = dataset.open_test
    return replace(
        dataset,
        train=bring(dataset.train),
        open_test=lambda: bring(opened()),
        validation=dataset.validation and bring(dataset.validation),
        form=form,
        about={**dataset.about, **about_size(why)},
    )


def as_read(dataset: Dataset, name: str, shape: tuple[int, int, int], form: Form) -> Split:
    """Return the split `name` with each image file read as `read_image` reads it for a model; arrays of the model's
    size stay unchanged, others are resized to it.

    Args:
        dataset: of any size.
        name: "test", "train" or "validation".
        shape: (height, width, channels) of the model's input.
        form: that of the model's training images.
    """
    if not dataset.reread:
        if dataset.image_shape == shape:
            return dataset.split(name)
        alone = replace(dataset, train=dataset.split(name), validation=None)
        return brought_to(alone, Wanted(shape[:2], form, form.kind, shape[2]), Watch()).train
    if dataset.image_shape != shape or dataset.form not in (None, form):
        return brought_to(dataset, Wanted(shape[:2], form, form.kind, shape[2]), Watch()).split(name)
    split = dataset.split(name)
    if dataset.form is not None or form.kind != "ink":
        return split
    spill = Spill(name, needed=split.images.nbytes)
    for part in disk.chunks(split.images):
        spill.add(fit_together(_pictures(part), shape, form))
    return replace(split, images=spill.images(split.images.shape))


def fitted(images: NDArray[np.uint8], shape: tuple[int, int, int], form: Form) -> NDArray[np.uint8]:
    """Return a few images, uint8 (n, height, width) or with channels, as `brought_to` resizes them; those of `shape`
    stay unchanged.
    """
    if not len(images) or images.shape[1:] in (shape, shape[:2] if shape[2] == 1 else shape):
        return images.reshape(len(images), *shape)
    return np.stack([read_image(pixels, shape, form) for pixels in images.reshape(*images.shape[:3], -1)])


def _are_brought_so(dataset: Dataset, wanted: Wanted) -> bool:
    """Whether images of the wanted size need not be read again; unless something else is requested, ink stays ink."""
    own = dataset.form
    return own is None or own == wanted.form or (own.kind == "ink" and wanted.kind == "auto")


def _brought(split: Split, shape: tuple[int, int, int], form: Form) -> Iterator[NDArray[np.uint8]]:
    for part in disk.chunks(split.images):
        yield np.stack([read_image(pixels, shape, form) for pixels in part])


def _pictures(images: NDArray[np.uint8]) -> list[Image.Image]:
    return [Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels) for pixels in images]
