"""Model files other programs open, each checked against Keras before it is kept."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import CheckError
from convlet.files import replacing
from convlet.keras_file import load_keras
from convlet.onnx_graph import onnx_model
from convlet.predictor import Predictor

MAX_DIFFERENCE = 1e-4


@dataclass(frozen=True)
class Agreement:
    """How an exported file answers beside Keras on the same images.

    Attributes:
        checked_images: images both were given.
        agreement: the fraction for which both name the same class; two classes that the model itself does not tell apart by more than
            1e-4 count as the same.
        max_abs_difference: the largest difference of any probability.
    """

    checked_images: int
    agreement: float
    max_abs_difference: float


def export_onnx(source: Path, path: Path, images: NDArray[np.uint8]) -> Agreement:
    """Write an `.onnx` file with the signature as metadata, if it answers like the model on `images`.

    Args:
        source: the `.keras` file.
        path: the `.onnx` file to write.
        images: uint8, (n, height, width, channels): real images to check it on.

    Raises:
        ModelError: `source` cannot be opened, or has a layer that `onnx_model` does not write.
        CheckError: another class for any image, or a probability off by more than 1e-4; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
    """
    import onnx

    model, signature = load_keras(source)
    proto = onnx_model(model)
    onnx.helper.set_model_props(proto, signature.to_metadata())
    with replacing(path) as temporary:
        onnx.save(proto, temporary)
        del proto  # a copy of the weights; onnxruntime is about to make its own
        found = compare(Predictor(temporary), model, images)
        if found.agreement < 1 or found.max_abs_difference > MAX_DIFFERENCE:
            raise CheckError(
                f"the ONNX export does not answer like the model: {found.agreement:.2%} of {found.checked_images} images get the same "
                f"class and probabilities differ by up to {found.max_abs_difference:.1e} (limit {MAX_DIFFERENCE:.0e}). Nothing was kept."
            )
    return found


def compare(predictor: Predictor, model: Any, images: NDArray[np.uint8]) -> Agreement:
    """Run a predictor and a Keras model on the same images."""
    ours = predictor.probabilities(images)
    theirs = np.asarray(model.predict(images, batch_size=64, verbose=0))
    named = theirs[np.arange(len(theirs)), ours.argmax(axis=1)]  # what the model gives the class the file names
    return Agreement(
        checked_images=len(images),
        agreement=float((named >= theirs.max(axis=1) - MAX_DIFFERENCE).mean()),
        max_abs_difference=float(np.abs(ours - theirs).max()),
    )
