"""Predict: the public verb."""

import os

from convlet.prediction.answer import Answer
from convlet.prediction.pictures import Pictures
from convlet.prediction.predictor import Predictor


def predict(model: "Predictor | str | os.PathLike[str]", images: Pictures) -> list[Answer]:
    """Classify images.

    Args:
        model: a run, a run folder, an `.onnx` or `.keras` file, "latest", "digits" for the model that comes with
            convlet, or a `Predictor`.
        images: arrays, paths, bytes, open files or Pillow images, one or several, see `Predictor.predict`.

    Returns:
        One answer per image, in order.

    Raises:
        ModelError: there is no such model.
        DataError: a picture cannot be read, or the model takes another dtype or shape.

    Example:
        >>> [answer.label for answer in convlet.predict("digits", ["seven.png", "four.png"])]
        ['7', '4']
    """
    return (model if isinstance(model, Predictor) else Predictor(model)).predict(images)
