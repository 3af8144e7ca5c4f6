"""From encoded images to the splits of a data set: train and validation at once, test when it is asked for."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Encoded
from convlet.data.encoded import about_pixels, gathered, split_of
from convlet.data.files import LeftOut
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.system.watch import Watch


class Part(NamedTuple):
    """One split before it is decoded.

    Attributes:
        encoded: where its images are.
        labels: int64, one per image.
        name: what errors call it.
    """

    encoded: Encoded
    labels: NDArray[np.int64]
    name: str


def assembled(parts: Mapping[str, Callable[[], Part]], watch: Watch, wanted: Wanted, kind: str) -> dict[str, Any]:
    """Decode "train" and, if it is there, "validation"; "test" is opened and decoded when it is first used.

    Args:
        parts: opens each split.
        watch: told the images so far, and what they are brought to.
        wanted: what to bring them to.
        kind: for `Dataset.about`.

    Returns:
        The arguments of `make_dataset` that follow from the images.

    Raises:
        DataError: see `gathered`.
    """
    part = parts["train"]()
    found = gathered(part.encoded, part.name, None, watch, wanted)
    train, left_out = split_of(found, part.encoded, part.labels, part.name), found.left_out
    channels, like = train.image_shape[-1], found.like

    def other(split: str) -> tuple[Split, tuple[LeftOut, ...]]:
        part = parts[split]()
        found = gathered(part.encoded, part.name, channels, watch, wanted, like)
        return split_of(found, part.encoded, part.labels, part.name), found.left_out

    validation = None
    if "validation" in parts:
        validation, more = other("validation")
        left_out += more
    return {
        "train": train,
        "open_test": (lambda: other("test")[0]) if "test" in parts else None,
        "validation": validation,
        "form": like.form,
        "left_out": left_out,
        "about": {"kind": kind} | about_pixels(train.images),
    }
