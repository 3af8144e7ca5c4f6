"""Turn arrays of images and labels into the splits of a data set."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from convlet.data.labels import Classes, as_labels
from convlet.data.pixels import Raw, Scale, as_images, scale_of
from convlet.data.split import Split
from convlet.system.watch import Watch


class Arrays(NamedTuple):
    """One split: the array of images, any labels that `as_labels` accepts, and its name for errors."""

    images: Raw
    labels: Any
    name: str


class Settled(NamedTuple):
    """What train decides for all splits: how pixels are scaled, and the classes."""

    scale: Scale
    classes: Classes

    @classmethod
    def by(cls, train: Arrays, class_names: Sequence[str] | None, watch: Watch) -> "Settled":
        """Decide both from train; `class_names` name the classes 0, 1, ... or are the labels' texts."""
        labels = as_labels(train.labels, train.name)
        return cls(scale_of(train.images, train.name, watch), Classes(labels, class_names))

    def split(self, part: Arrays) -> Split:
        """Return a split with uint8 images and whole numbers as labels."""
        labels = self.classes.numbers(as_labels(part.labels, part.name), part.name)
        return Split(as_images(part.images, self.scale, part.name), labels, name=part.name)


def arranged(
    parts: Mapping[str, Callable[[], Arrays]], class_names: Sequence[str] | None, watch: Watch
) -> dict[str, Any]:
    """Read "train" and "validation" if there is one; "test" is read when it is first used.

    Args:
        parts: opens each split.
        class_names: those of the classes 0, 1, ...; None if the data do not name them.
        watch: reports what is done to the pixels, if anything.

    Returns:
        The arguments of `make_dataset` that the arrays determine.

    Raises:
        DataError: see `scale_of`, `as_images` and `as_labels`.
    """
    part = parts["train"]()
    settled = Settled.by(part, class_names, watch)
    train = settled.split(part)
    del part  # unless it is uint8, it is larger than the images made from it
    return {
        "train": train,
        "validation": settled.split(parts["validation"]()) if "validation" in parts else None,
        "open_test": (lambda: settled.split(parts["test"]())) if "test" in parts else None,
        "class_names": settled.classes.names,
        "white": settled.scale.white,
    }


def texts(given: Any) -> list[str]:
    """Return an array of class names as text."""
    return [one.decode(errors="replace") if isinstance(one, bytes) else str(one) for one in np.ravel(given).tolist()]
