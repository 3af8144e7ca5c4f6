"""Explain an answer: which places of an image are evidence for a class, by one of three methods."""

import os

from convlet.errors import UsageError
from convlet.explanations.gradients import grad_cam, integrated_gradients
from convlet.explanations.heat import Heat
from convlet.explanations.occlusion import occlusion
from convlet.prediction.pictures import as_input
from convlet.prediction.predictor import Predictor
from convlet.reading.decode import Source
from convlet.system.places import resolve

_GRADIENTS = {"grad-cam": grad_cam, "integrated-gradients": integrated_gradients}


def explain(
    model: "str | os.PathLike[str]",
    image: Source,
    *,
    method: str = "occlusion",
    label: str | None = None,
) -> Heat:
    """Find where a model looked.

    Args:
        model: a run, a run folder, a model file, "latest" or "digits"; for gradients no `.onnx` file.
        image: the model's input, uint8 (height, width, channels); or any other picture, see `Predictor.predict`.
        method: "occlusion", "grad-cam" or "integrated-gradients".
        label: the class to explain; the default is the likeliest.

    Returns:
        A heat map, float32 (height, width); `convlet.explanations.overlay` draws it.

    Raises:
        UsageError: no such method or class, or the method needs the Keras model.
        ModelError: no such model, or Grad-CAM finds no feature maps in it.
        DataError: the picture cannot be read, or the model takes another dtype or shape.

    Example:
        >>> convlet.explain("digits", "seven.png", method="grad-cam").values.shape
        (28, 28)
    """
    if method != "occlusion" and method not in _GRADIENTS:
        raise UsageError(f"method={method!r} does not exist. Expected one of occlusion, {', '.join(_GRADIENTS)}.")
    path = resolve(model)
    predictor = Predictor(path)
    names = predictor.signature.class_names
    if label is not None and label not in names:
        raise UsageError(f"label={label!r}: the model has no such class. Its classes are: {', '.join(names)}.")
    pixels = as_input(image, predictor.signature)
    if method == "occlusion":
        return occlusion(predictor, pixels, label)
    file = path / "model.keras" if path.is_dir() else path
    if file.suffix != ".keras":
        raise UsageError(
            f"method={method!r} needs the Keras model, and {path} is not one. "
            "Give the run folder, or use method='occlusion'."
        )
    return _GRADIENTS[method](file, pixels, label)
