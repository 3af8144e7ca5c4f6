"""Turn encoded images into the splits of a data set: train and validation immediately, test on demand."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Encoded, Like
from convlet.data.disk import chunks
from convlet.data.encoded import about_images, gathered, split_of
from convlet.data.filed import Filed
from convlet.data.files import LeftOut, Unreadable, left_out_note
from convlet.data.pixels import DIM
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.errors import DataError
from convlet.system.watch import Watch


class Part(NamedTuple):
    """One split before it is decoded.

    Attributes:
        encoded: where its images are.
        labels: int64, one per image.
        name: what errors call it.
        left_out: its files that were not read.
        said: puts a decoder's error in terms the user knows.
        filed: returns where the images of some rows were filed before their labels were decided, or None.
    """

    encoded: Encoded
    labels: NDArray[np.int64]
    name: str
    left_out: Sequence[LeftOut] = ()
    said: Callable[[str], str] = str
    filed: Callable[[NDArray[np.int64]], Filed | None] = lambda rows: None


def assembled(parts: Mapping[str, Callable[[], Part]], watch: Watch, wanted: Wanted, kind: str) -> dict[str, Any]:
    """Decode "train" and "validation" if there is one; "test" is opened and decoded when it is first used, and a note
    says which of its files were not read.

    Args:
        parts: opens each split.
        watch: gets the images so far, and what they are resized to.
        wanted: what to resize them to.
        kind: for `Dataset.about`.

    Returns:
        The arguments of `make_dataset` that the images determine.

    Raises:
        DataError: see `gathered`.
    """
    train, left_out, like = _decoded(parts["train"](), None, watch, wanted, None)
    channels = train.image_shape[-1]
    if (highest := _highest(train)) <= DIM:
        watch.on_note(
            f"{train.name}: no pixel exceeds {highest} of 255: people see black, and so does the model. "
            "Scale white to 255, or the model will be useless for ordinary pictures."
        )

    def other(split: str) -> tuple[Split, tuple[LeftOut, ...]]:
        made, left_out, _ = _decoded(parts[split](), channels, watch, wanted, like)
        return made, left_out

    def open_test() -> Split:
        test, left_out = other("test")
        if left_out:
            watch.on_note(f"{test.name}: {left_out_note(left_out)}")
        return replace(test, left_out=left_out)

    validation = None
    if "validation" in parts:
        validation, more = other("validation")
        left_out += more
    return {
        "train": train,
        "open_test": open_test if "test" in parts else None,
        "validation": validation,
        "form": like.form,
        "left_out": left_out,
        "about": {"kind": kind} | about_images(train.images, like),
    }


def _highest(split: Split) -> int:
    """Return the highest pixel value, or that of the images so far, once it is above what counts as dim."""
    highest = 0
    for part in chunks(split.images):
        highest = max(highest, int(part.max()))
        if highest > DIM:
            break
    return highest


def _decoded(
    part: Part, channels: int | None, watch: Watch, wanted: Wanted, like: Like | None
) -> tuple[Split, tuple[LeftOut, ...], Like]:
    """Return a split, its files that were not read, and what it was resized to; arguments: see `gathered`."""
    try:
        found = gathered(part.encoded, part.name, channels, watch, wanted, like)
    except DataError as error:
        raise DataError(part.said(str(error))) from error
    unreadable = [Unreadable(one.file, part.said(one.reason)) for one in found.left_out]
    split = replace(split_of(found, part.encoded, part.labels, part.name), filed=part.filed(found.rows))
    return split, (*part.left_out, *unreadable), found.like
