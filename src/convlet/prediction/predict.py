"""The public verb `predict`."""

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from convlet.data import ImagesOnDisk
from convlet.prediction.predictor import Answer, Images, Predictor

_Picture = str | Path | bytes


def predict(
    model: "Predictor | str | os.PathLike[str]", images: Images | _Picture | Sequence[_Picture]
) -> list[Answer]:
    """Classify images.

    Args:
        model: a run, a run folder, an `.onnx` or `.keras` file, or a `Predictor`.
        images: uint8 arrays in the model's size, as for `Predictor.predict`; or the path or bytes of a picture, or
            several, read as by `convlet predict`.

    Returns:
        One answer per image, in order.

    Raises:
        ModelError: there is no such model.
        DataError: a picture cannot be read, or the model takes another dtype or shape.

    Example:
        >>> convlet.predict("runs/mnist-fast-1", ["seven.jpg", "four.png"])[0].label
        '7'
    """
    predictor = model if isinstance(model, Predictor) else Predictor(model)
    if isinstance(images, np.ndarray | ImagesOnDisk):
        return predictor.predict(images)
    given = [images] if isinstance(images, _Picture) else images
    return predictor.predict([predictor.read(one) if isinstance(one, _Picture) else one for one in given])
