"""Bring the images of a loaded data set to a size."""

import math
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convlet.data import disk
from convlet.data.dataset import Dataset
from convlet.data.settle import LARGE
from convlet.data.sizing import Wanted, about_size, choose_size
from convlet.data.spill import Spill
from convlet.data.split import Split
from convlet.reading.image import fit
from convlet.signature import Form
from convlet.system.watch import Watch


def brought_to(dataset: Dataset, wanted: Wanted, watch: Watch) -> Dataset:
    """Return a data set with its images brought to a size, from the original files where there are any.

    Args:
        dataset: as it was loaded.
        wanted: a size and how to fit pictures to it; "auto" chooses one for images larger than 64 pixels a side.
        watch: told "resizing SPLIT" and the images so far.
    """
    height, width, channels = dataset.image_shape
    size = wanted.size
    if wanted.channels not in (None, channels):
        size = size if isinstance(size, tuple) else (height, width)
    elif (
        size is None
        or (size == "auto" and (dataset.form is not None or max(height, width) <= LARGE))
        or (
            size == (height, width)
            and (dataset.form is None or dataset.form.kind == "ink" or dataset.form == wanted.form)
        )
    ):
        return dataset
    if dataset.reread and wanted.channels in (None, channels):
        return dataset.reread(wanted)
    why = ""
    if not isinstance(size, tuple):
        size, why = choose_size([(height, width)])
    shape, form = (*size, wanted.channels or channels), wanted.form

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


def _brought(split: Split, shape: tuple[int, int, int], form: Form) -> Iterator[NDArray[np.uint8]]:
    for part in disk.chunks(split.images):
        pictures = (Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels) for pixels in part)
        yield np.stack([fit(picture, shape, form) for picture in pictures])
