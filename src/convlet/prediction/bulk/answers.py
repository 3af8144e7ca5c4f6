"""A few images in, the rows of the table out: the same on this machine, in a process beside it and on a cluster."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.predictor import Predictor
from convlet.reading import read_images

COLUMNS = ("input", "label", "probability", "known", "error")


@dataclass(frozen=True)
class Rows:
    """What was answered of some images, column by column.

    Attributes:
        names: what each image is called.
        labels: the likeliest class, or "empty"; None where the image cannot be read.
        probability: of that class, float32; meaningless where the image cannot be read, as are the others.
        known: bool.
        probabilities: float32, (n, classes).
        errors: None, or why an image cannot be read.
    """

    names: list[str]
    labels: list[str | None]
    probability: NDArray[np.float32]
    known: NDArray[np.bool_]
    probabilities: NDArray[np.float32]
    errors: list[str | None]


def columns(class_names: tuple[str, ...]) -> list[str]:
    """The table's columns: input, label, probability, known, error, and p_CLASS for each class."""
    return [*COLUMNS, *(f"p_{name}" for name in class_names)]


def answer(predictor: Predictor, chunk: Chunk) -> Rows:
    """Read and answer the images of a chunk; one that cannot be read costs no other."""
    errors: list[str | None] = [None] * len(chunk.names)
    if chunk.images is not None:
        images = chunk.images
    else:
        images, errors = read_images(
            chunk.paths or [], chunk.names, predictor.signature.input_shape, predictor.signature.form
        )
    probabilities = predictor.probabilities(images)
    answers = predictor.answers(images.reshape(len(images), *predictor.signature.input_shape), probabilities)
    return Rows(
        names=chunk.names,
        labels=[one.label if error is None else None for one, error in zip(answers, errors, strict=True)],
        probability=np.array([one.probability for one in answers], np.float32),
        known=np.array([one.known for one in answers], np.bool_),
        probabilities=probabilities,
        errors=errors,
    )
