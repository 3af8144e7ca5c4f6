"""Find files that cannot be or were not read, and files of odd size, color or format."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.checks.finding import Finding, Picture, Pictures, listed
from convlet.checks.survey import Headers
from convlet.data import Dataset, Split
from convlet.data.files import Unreadable, files_of
from convlet.report.markup import count

_ODD = 2.0  # times the aspect ratio of the usual image
_TINY = 0.5  # of the size that the images are resized to
_OFTEN, _SELDOM = 0.9, 0.1  # of the files of a class, and of all others
_ENOUGH = 10  # files of a class


def findings(
    dataset: Dataset, splits: Mapping[str, Split], headers: Mapping[str, Headers], pictures: Pictures
) -> Iterator[Finding]:
    """Yield what is wrong with the files of a data set.

    Args:
        dataset: its `left_out` lists the files of train and validation that were not read.
        splits: by name.
        headers: those of the splits whose images are files.
        pictures: names images.
    """
    left_out = [*dataset.left_out, *(one for split in splits.values() for one in split.left_out)]
    unreadable = tuple(one for one in left_out if isinstance(one, Unreadable))
    if unreadable:
        yield Finding(
            "unreadable-files",
            True,
            "Files that cannot be read",
            f"{count(len(unreadable), 'image file')} cannot be read.",
            "Copy them again from the source, or remove them; training leaves them out.",
            files=unreadable,
        )
    others = tuple(one for one in left_out if not isinstance(one, Unreadable))
    if others:
        yield Finding(
            "left-out-files",
            False,
            "Files that were not read",
            f"Skipped: {count(files_of(others), 'file')}.",
            "Check whether images are among them: move those into the folder of their class.",
            files=others,
        )
    if headers and not (dataset.form and dataset.form.kind == "ink"):  # ink is cut out, whatever its picture's shape
        yield from _sizes(dataset, headers, pictures)
    if headers:
        yield from _telling(dataset, splits["train"], headers["train"])


def _sizes(dataset: Dataset, headers: Mapping[str, Headers], pictures: Pictures) -> Iterator[Finding]:
    aspects = {name: _aspect(one.sizes) for name, one in headers.items()}
    usual = float(np.nanmedian(np.concatenate(list(aspects.values()))))
    odd = {name: np.asarray(np.abs(np.log(one / usual)) >= np.log(_ODD)) for name, one in aspects.items()}
    if found := _chosen(odd, headers, pictures):
        yield Finding(
            "odd-shapes",
            False,
            "Images of an odd shape",
            f"{count(len(found), 'image')} at least {_ODD:g} times as long, or as high, as the usual shape.",
            "Look at them: are they panoramas, strips or screenshots? Crop them to what they show.",
            tuple((one,) for one in found),
        )
    height, width, _ = dataset.image_shape
    tiny = {
        name: np.asarray((one.sizes < _TINY * np.array([height, width])).all(axis=1)) for name, one in headers.items()
    }
    if found := _chosen(tiny, headers, pictures):
        yield Finding(
            "tiny-files",
            False,
            "Enlarged images",
            f"{count(len(found), 'image')} smaller than half of the {width}x{height} pixels that all are resized to.",
            "Use the originals if these are thumbnails, or a smaller --image-size.",
            tuple((one,) for one in found),
        )


def _aspect(sizes: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return width over height; NaN for a file that is gone."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = np.where(sizes[:, 0] > 0, sizes[:, 1] / sizes[:, 0], np.nan)
    return found


def _chosen(
    wanted: Mapping[str, NDArray[np.bool_]], headers: Mapping[str, Headers], pictures: Pictures
) -> list[Picture]:
    return [
        pictures.picture(name, index, "{1}x{0}".format(*headers[name].sizes[index]))
        for name, here in wanted.items()
        for index in np.flatnonzero(here & (headers[name].sizes[:, 0] > 0)).tolist()
    ]


def _telling(dataset: Dataset, train: Split, headers: Headers) -> Iterator[Finding]:
    """Yield a finding if a class can be recognized by its files, whatever they show."""
    sizes = [f"{width}x{height} pixels" for height, width in headers.sizes.tolist()]
    told = []
    for kinds in (headers.colors, headers.formats, sizes):
        told += _told_by(kinds, train.labels, dataset.class_names)
    if told:
        yield Finding(
            "telling-files",
            False,
            "Classes that their files give away",
            f"{listed(told)}: other classes have hardly any such files.",
            "A net may learn the kind of file instead of what it shows. Take or save all images in the same way.",
        )


def _told_by(kinds: Sequence[str], labels: NDArray[np.int64], class_names: Sequence[str]) -> list[str]:
    """Return in words which classes have a kind of file that others lack."""
    names, kind = np.unique(np.asarray(kinds), return_inverse=True)
    table = np.zeros((len(class_names), len(names)), np.int64)
    np.add.at(table, (labels, kind.ravel()), 1)
    of_class = table.sum(axis=1)
    others = table.sum(axis=0) - table
    few = others <= _SELDOM * np.maximum(1, of_class.sum() - of_class)[:, np.newaxis]
    most = table >= _OFTEN * np.maximum(1, of_class)[:, np.newaxis]
    enough = (of_class >= _ENOUGH) & (of_class.sum() - of_class >= _ENOUGH)
    found = np.argwhere(most & few & enough[:, np.newaxis]).tolist()
    return [
        f"{class_names[label]} ({table[label, kind]:,} of {of_class[label]:,} files: {names[kind]})"
        for label, kind in found
    ]
