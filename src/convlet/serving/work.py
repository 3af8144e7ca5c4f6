"""Do the lanes' work for each kind of request."""

from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from starlette.responses import JSONResponse, Response

from convlet.errors import UsageError
from convlet.prediction.answer import Answer
from convlet.prediction.pages import Wish
from convlet.prediction.predictor import Predictor
from convlet.reading.show import as_picture, data_url
from convlet.serving.refusal import RefusedError

_HEAT = 280  # pixels of a heat map's longer side


class Work(Protocol):
    """One request's work; a lane's threads call both methods."""

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Return the images to classify, uint8 (n, height, width, channels).

        Raises:
            DataError, RefusedError: they cannot be read.
        """

    def say(
        self,
        predictor: Predictor,
        images: NDArray[np.uint8],
        probabilities: NDArray[np.float32],
        answers: list[Answer],
        /,
    ) -> Response:
        """Return the response, from the images that `read` gave and the model's answers for them."""


@dataclass(frozen=True)
class Picture:
    """A picture of one thing.

    Attributes:
        body: the bytes of its file.
        show_input: whether the answer shows what the model saw.
        heat: whether it shows which places mattered.
    """

    body: bytes
    show_input: bool
    heat: bool

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Return one image."""
        return predictor.read(self.body)[np.newaxis]

    def say(
        self, predictor: Predictor, images: NDArray[np.uint8], probabilities: NDArray[np.float32], answers: list[Answer]
    ) -> Response:
        """Return label, probability, known, empty, top, probabilities; input and heat as PNG in data URLs."""
        (answer,) = answers
        facts: dict[str, Any] = {
            "label": answer.label,
            "probability": answer.probability,
            "known": answer.known,
            "empty": answer.empty,
            "top": answer.top,
            "probabilities": dict(zip(predictor.signature.class_names, probabilities[0].tolist(), strict=True)),
        }
        if self.show_input:
            facts["input"] = data_url(as_picture(images[0]))
        if self.heat:
            facts["heat"] = data_url(_heat(predictor, images[0]))
        return JSONResponse(facts)


class Page:
    """A picture of several characters, as the bytes of its file, and how it is to be read."""

    def __init__(self, body: bytes, wish: Wish) -> None:
        self._body, self._wish = body, wish
        self._facts: dict[str, Any] = {}

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Read the whole page; return an image for each character, as the lane counts and answers images."""
        try:
            page = predictor.read_page(self._body, **asdict(self._wish))
        except UsageError as error:
            raise RefusedError(400, "bad_query", str(error)) from error
        self._facts = page.facts()
        return np.array([one.image for one in page], np.uint8).reshape(len(page), *predictor.signature.input_shape)

    def say(
        self, _: Predictor, _images: NDArray[np.uint8], _probabilities: NDArray[np.float32], _answers: list[Answer]
    ) -> Response:
        """Return text, rows and characters."""
        return JSONResponse(self._facts)


def _heat(predictor: Predictor, image: NDArray[np.uint8]) -> Image.Image:
    from convlet.explanations import occlusion, overlay

    scale = max(1, _HEAT // max(image.shape))
    return overlay(image, occlusion(predictor, image), scale, predictor.signature.form.kind)
