"""Classify images with a model file. Only a `.keras` file needs Keras."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, Split
from convlet.data.bring import as_read
from convlet.data.split import relabeled
from convlet.errors import ModelError
from convlet.evaluation import Evaluation, evaluate
from convlet.prediction import pages
from convlet.prediction.answer import Answer
from convlet.prediction.opening import BATCH, model_file, open_model
from convlet.prediction.pages import Page
from convlet.prediction.pictures import Pictures, as_trained, batches
from convlet.reading import read_image
from convlet.reading.decode import Source
from convlet.system.places import resolve

_TOP = 3
_CONTRAST = 16  # of 255: an ink image with less contrast is empty


class Predictor:
    """A trained model, ready to classify images.

    Args:
        path: a run, its folder, an `.onnx` file or a `.keras` file that convlet wrote, "latest", or "digits" for the
            model that comes with convlet.
        threads: onnxruntime's threads per batch; None for one per core. Calls from several threads are safe, and
            faster with 1.

    Attributes:
        signature: the model's input shape, class names and other metadata.

    Raises:
        ModelError: there is no such model, or convlet did not write it.

    Example:
        >>> convlet.Predictor("digits").predict("seven.png")[0].label
        '7'
    """

    def __init__(self, path: "str | os.PathLike[str]", threads: int | None = None) -> None:
        self.signature, self._compute = open_model(model_file(resolve(path)), threads)

    def predict(self, images: Pictures) -> list[Answer]:
        """Classify images.

        Args:
            images: a stack in the model's size, uint8 (n, height, width, channels) or (n, height, width); images on
                disk are read batch by batch. Or one picture, or any number of them in an iterable: the path of an
                image file, its bytes, a file opened in binary mode, a Pillow image, or an array (height, width) or
                (height, width, channels) of uint8, truth values, or floats from 0 to 1 or 255. Arrays of whole
                numbers like those of training, such as 0 to 16, are stretched the same way. Each is read as by `convlet
                predict`; an array in the model's size is used unchanged.

        Returns:
            One answer per image, in order.

        Raises:
            DataError: a stack of another type or shape, or a picture that cannot be read.

        Example:
            >>> [answer.label for answer in predictor.predict(["seven.png", "four.png"])]
            ['7', '4']
        """
        answers: list[Answer] = []
        for batch in batches(images, self.signature, BATCH):
            answers += self.answers(batch, self._compute(batch))
        return answers

    def answers(self, images: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> list[Answer]:
        """Make answers from images, uint8 (n, height, width, channels), and probabilities, float32 (n, classes).

        Example:
            >>> predictor.answers(images, predictor.probabilities(images))[0].label
            '0'
        """
        names, threshold = self.signature.class_names, self.signature.threshold or 0.0
        least = _CONTRAST if self.signature.form.kind == "ink" else -1  # a single-color picture may be a class
        contrast = (images.max(axis=(1, 2)).astype(int) - images.min(axis=(1, 2))).max(axis=1)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :_TOP]
        likely = np.take_along_axis(probabilities, best, axis=1).tolist()
        answers = []
        for indices, values, empty in zip(best.tolist(), likely, (contrast < least).tolist(), strict=True):
            top = tuple((names[index], value) for index, value in zip(indices, values, strict=True))
            label, probability = ("empty", 0.0) if empty else top[0]
            answers.append(Answer(label, probability, top, not empty and probability >= threshold, empty))
        return answers

    def read(self, source: Source) -> NDArray[np.uint8]:
        """Read a picture as this model's input: see `convlet.read_image`.

        Example:
            >>> image = predictor.read("seven.png")
            >>> image.shape, image.dtype
            ((28, 28, 1), dtype('uint8'))
        """
        if hasattr(source, "__array__"):  # Pillow's images have none
            source = as_trained(np.asarray(source), self.signature.white)
        return read_image(source, self.signature.input_shape, self.signature.form)

    def read_page(
        self,
        source: Source,
        *,
        keep_print: bool | None = None,
        expect: str | None = None,
        grid: tuple[int, int] | str | None = None,
    ) -> Page:
        r"""Read a page: its characters, cut apart where they touch, with an answer for each, its rows and numbers.

        Args:
            source: see `convlet.read_image`.
            keep_print: answer printed text too (True), or leave it out where there is handwriting beside it (False). By
                default it is left out of rows and kept in a grid, whose print is part of it.
            expect: what each row should be, or each cell of a grid that is not empty: a regular expression for its
                characters without spaces, or luhn, ean, isbn or iban. A pattern with a line break is for the whole
                page. The likeliest text that fits is read, cut anew if need be; a row's `fits` is False if none does.
            grid: the number of rows and that of columns of a grid to read, at most 60 each: (9, 9) or "9x9". Its cells
                are found by the lines around them, and are the numbers of the page's rows.

        A model whose recipe has no `outliers` cannot tell print and scribbles from characters: it answers every mark.

        Raises:
            DataError: see `convlet.read_image`.
            NoGridError: there is no such grid in the picture, see `convlet.errors`.
            ModelError: the model is one of pictures.
            UsageError: `expect` is no regular expression, or `grid` is out of range.

        Example:
            >>> predictor.read_page("page.png").text
            '5027'
            >>> predictor.read_page("sudoku.png", grid=(9, 9)).rows[1].numbers[2].text
            '3'
        """
        size = None if grid is None else pages.size_of(grid)
        return pages.read(source, self, pages.Wish(keep_print, expect, size))

    def probabilities(self, images: Pictures) -> NDArray[np.float32]:
        """Return class probabilities, float32 (n, classes); rows sum to 1. Arguments and errors: see `predict`.

        Example:
            >>> predictor.probabilities(images).shape
            (20, 10)
        """
        none = np.empty((0, len(self.signature.class_names)), np.float32)
        return np.concatenate([none, *(self._compute(batch) for batch in batches(images, self.signature, BATCH))])

    def evaluate(self, dataset: Dataset, split: str = "test") -> Evaluation:
        """Evaluate the model on a split of a data set; arguments and errors: see `split`.

        Example:
            >>> predictor.evaluate(convlet.Dataset.from_arrays(images, labels, test=(images, labels))).n
            20
        """
        judged = self.split(dataset, split)
        return evaluate(
            self.probabilities(judged.images), judged.labels, self.signature.class_names, self.signature.threshold
        )

    def split(self, dataset: Dataset, split: str) -> Split:
        """Return a split that this model can be evaluated on: "test", "train" or "validation".

        Image files are read like pictures in `read`, and arrays of another size are resized to the model's. The data
        may lack some of the model's classes; labels become indices into those of the model.

        Raises:
            ModelError: the model lacks a class of the data.
            DataError: there is no such split.

        Example:
            >>> predictor.split(convlet.Dataset.from_arrays(images, labels, test=(images, labels)), "test").image_shape
            (28, 28, 1)
        """
        mine = self.signature
        if not set(dataset.class_names) <= set(mine.class_names):
            raise ModelError(
                f"{dataset.name} has the classes {_some(dataset.class_names)}, this model has "
                f"{_some(mine.class_names)}. Evaluate it on data with the classes it was trained on, or some of them."
            )
        return relabeled(as_read(dataset, split, mine.input_shape, mine.form), dataset.class_names, mine.class_names)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f", ... ({len(names)})" if len(names) > 6 else "")
