"""Answer a chunk of images: one row for each."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.data.bring import fitted
from convlet.prediction.bulk.block import DECIMALS, Counted
from convlet.prediction.bulk.listing import Chunk
from convlet.prediction.predictor import Predictor
from convlet.reading import read_images


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

    def counted(self) -> Iterator[Counted]:
        """See `Block`."""
        for label, error, known, empty in zip(
            self.labels, self.errors, self.known.tolist(), self.empty.tolist(), strict=True
        ):
            yield Counted(error, known, empty, label)

    def records(self) -> Iterator[list[Any]]:
        """See `Block`; None stands for what an unreadable image lacks."""
        likely = self.probability.astype(float).round(DECIMALS).tolist()
        all_ = self.probabilities.astype(float).round(DECIMALS).tolist()
        flags = self.known.tolist(), self.empty.tolist()
        for name, label, p, known, empty, error, row in zip(
            self.names, self.labels, likely, *flags, self.errors, all_, strict=True
        ):
            if error is None:
                yield [name, label, p, known, None, empty, *row]
            else:
                yield [name, None, None, None, error, None, *(None for _ in row)]

    def arrow(self, columns: Sequence[str]) -> Any:
        """See `Block`."""
        import pyarrow as pa

        unread = np.array([error is not None for error in self.errors])
        held = [
            pa.array(self.names, pa.string()),
            pa.array(self.labels, pa.string()),
            pa.array(self.probability, mask=unread),
            pa.array(self.known, mask=unread),
            pa.array(self.errors, pa.string()),
            pa.array(self.empty, mask=unread),
            *(pa.array(np.ascontiguousarray(column), mask=unread) for column in self.probabilities.T),
        ]
        return pa.Table.from_arrays(held, names=list(columns))


def columns_of(class_names: Sequence[str]) -> list[str]:
    """Return the names of the columns: a p_CLASS for each class."""
    return ["input", "label", "probability", "known", "error", "empty", *(f"p_{name}" for name in class_names)]


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
