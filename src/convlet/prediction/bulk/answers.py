"""Answer a chunk of images: the same rows in this process, in a worker and on a cluster."""

import functools
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.predictor import Predictor
from convlet.reading import read_images

_COLUMNS = ("input", "label", "probability", "known", "error", "empty")


@dataclass(frozen=True)
class Rows:
    """The answers for some images, column by column.

    Attributes:
        names: the name of each image.
        labels: as `Answer.label`; None for an unreadable image, which has only a name and an error.
        probability: of that class, float32.
        known: bool.
        empty: bool.
        probabilities: float32, (n, classes).
        errors: why an image is unreadable, or None.
    """

    names: list[str]
    labels: list[str | None]
    probability: NDArray[np.float32]
    known: NDArray[np.bool_]
    empty: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    errors: list[str | None]


def columns(class_names: tuple[str, ...]) -> list[str]:
    """Return the table's columns: input, label, probability, known, error, empty, and p_CLASS for each class."""
    return [*_COLUMNS, *(f"p_{name}" for name in class_names)]


def answer(predictor: Predictor, chunk: Chunk) -> Rows:
    """Read and classify the images of a chunk; an unreadable one affects no other."""
    signature = predictor.signature
    errors: list[str | None] = [None] * len(chunk.names)
    if chunk.images is not None:
        images = chunk.images
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
    """Do what `answer` does, in a worker process, which opens the model file once."""
    return answer(_opened(model), chunk)


@functools.cache
def _opened(model: str) -> Predictor:
    return Predictor(Path(model), threads=1)
