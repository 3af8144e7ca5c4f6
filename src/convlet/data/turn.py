"""Swap rows and columns of a data set's images: EMNIST's are stored that way."""

from dataclasses import replace

import numpy as np

from convlet.data import disk
from convlet.data.dataset import Dataset
from convlet.data.disk import Images
from convlet.data.sizing import Wanted
from convlet.data.spill import Spill
from convlet.data.split import Split


def turned(dataset: Dataset) -> Dataset:
    """Return a data set with rows and columns of every image swapped, also when it is read again."""
    opened, reread = dataset.open_test, dataset.reread

    def turn(split: Split) -> Split:
        return replace(split, images=transposed(split.images, split.name))

    return replace(
        dataset,
        train=turn(dataset.train),
        open_test=lambda: turn(opened()),
        validation=dataset.validation and turn(dataset.validation),
        reread=reread and (lambda wanted: turned(reread(turned_size(wanted)))),
        transposed=not dataset.transposed,
    )


def turned_size(wanted: Wanted) -> Wanted:
    """Return what to ask of a reader so that its images, once turned, have the wanted size."""
    return replace(wanted, size=wanted.size[::-1]) if isinstance(wanted.size, tuple) else wanted


def transposed(images: Images, name: str) -> Images:
    """Swap rows and columns of images, (n, height, width) or (n, height, width, channels)."""
    count, height, width, *channels = images.shape
    spill = Spill(name, needed=images.nbytes)
    for part in disk.chunks(images):
        spill.add(np.ascontiguousarray(part.swapaxes(1, 2)))
    return spill.images((count, width, height, *channels))
