"""Answer a chunk of images, with the same rows in this process, in a worker and on a cluster."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.bring import fitted
from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.predictor import Predictor
from convlet.reading import read_images

_LISTED = 10  # errors kept


class Rows(NamedTuple):
    """The answers for some images, column by column.

    Attributes:
        names: the name of each image.
        labels: see `Answer.label`; None for an unreadable image, which has only a name and an error.
        probability: that of the label, float32.
        known: bool.
        empty: bool.
        probabilities: float32, (n, classes).
        errors: why each image is unreadable, or None.
    """

    names: list[str]
    labels: list[str | None]
    probability: NDArray[np.float32]
    known: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    errors: list[str | None]


@dataclass
class Counts:
    """The rows so far, counted: `images` is `unreadable`, `empty` and all of `classes` together.

    Attributes:
        images: all rows, unreadable ones included.
        unknown: images of none of the classes, empty ones included.
        empty: images without ink, which are in no class.
        classes: all other rows by label.
        errors: of the first ten unreadable images.
    """

    images: int = 0
    unreadable: int = 0
    unknown: int = 0
    empty: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add(self, rows: Rows) -> None:
        """Count more rows."""
        self.images += len(rows.names)
        flags = rows.known.tolist(), rows.empty.tolist()
        for label, error, known, empty in zip(rows.labels, rows.errors, *flags, strict=True):
            if label is None:
                self.unreadable += 1
                self.errors = [*self.errors, str(error)][:_LISTED]
                continue
            self.unknown += not known
            if empty:  # its label is "empty", which may also be a class's name
                self.empty += 1
            else:
                self.classes[label] = self.classes.get(label, 0) + 1


def joined(parts: Sequence[Rows]) -> Rows:
    """Return all rows, in order."""
    columns: Any = zip(*parts, strict=True)
    whole: Any = (np.concatenate(one) if isinstance(one[0], np.ndarray) else [*chain(*one)] for one in columns)
    return Rows(*whole)


def answer(predictor: Predictor, chunk: Chunk) -> Rows:
    """Read and classify the images of a chunk; an unreadable one does not affect the others."""
    signature = predictor.signature
    errors: list[str | None] = [None] * len(chunk.names)
    if chunk.images is not None:
        images = fitted(chunk.images, signature.input_shape, signature.form)
    else:
        images, errors = read_images(chunk.paths or [], chunk.names, signature.input_shape, signature.form)
    probabilities = predictor.probabilities(images)
    answers = predictor.answers(images.reshape(len(images), *signature.input_shape), probabilities)
    return Rows(
        names=chunk.names,
        labels=[one.label if error is None else None for one, error in zip(answers, errors, strict=True)],
        probability=np.array([one.probability for one in answers], np.float32),
        known=np.array([one.known for one in answers], np.bool_),
        empty=np.array([one.empty for one in answers], np.bool_),
        probabilities=probabilities,
        errors=errors,
    )


def answer_with(model: str, chunk: Chunk) -> Rows:
    """Do what `answer` does in a worker process, which opens the model file once."""
    return answer(_opened(model), chunk)


@functools.cache
def _opened(model: str) -> Predictor:
    return Predictor(Path(model), threads=1)
