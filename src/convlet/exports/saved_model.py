"""TensorFlow's SavedModel: a folder that TensorFlow Serving and every TensorFlow program opens."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import OutputError, UsageError
from convlet.exports.check import EXACT, Agreement, compare, require
from convlet.models.keras_file import load_keras
from convlet.system.engine import keras, on_tensorflow, tensorflow
from convlet.system.files import replacing_folder

ENDPOINT = "serve"
_FACTS = Path("assets.extra") / "convlet.json"  # where TensorFlow leaves room for other programs' files
_MEMBERS = {"saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra"}
_BATCH = 64


def export_saved_model(source: Path, path: Path, images: NDArray[np.uint8]) -> Agreement:
    """Write a SavedModel folder with the signature in `assets.extra/convlet.json`, if it answers like the model on `images`.

    Its signature `serve` takes `image`, uint8 (n, height, width, channels), and answers float32 (n, classes).

    Args:
        source: the `.keras` file.
        path: the folder to write; a SavedModel that is there is replaced.
        images: uint8, (n, height, width, channels): real images to check it on.

    Raises:
        ModelError: `source` cannot be opened.
        UsageError: Keras runs on another engine than TensorFlow.
        CheckError: it answers otherwise; nothing is written.
        OutputError: it cannot be written, or is something else that is there already; nothing is left behind.
    """
    require_tensorflow("a SavedModel")
    model, signature = load_keras(source)
    with replacing_folder(path, _FACTS, _MEMBERS) as made:
        write_saved_model(model, signature.input_shape, made)
        (made / _FACTS).parent.mkdir()
        (made / _FACTS).write_text(json.dumps(signature.to_metadata(), indent=1), encoding="utf-8")
        found = compare(_answers(made), model, images)
        require(found, EXACT, "SavedModel")
    return found


def require_tensorflow(what: str) -> None:
    """Stop where Keras runs on another engine.

    Raises:
        UsageError: it does.
    """
    if not on_tensorflow():
        raise UsageError(
            f"{what} is TensorFlow's own form: export it with KERAS_BACKEND=tensorflow. The .keras file serves every engine."
        )


def write_saved_model(model: Any, input_shape: tuple[int, int, int], folder: Path) -> None:
    """Write a Keras model as a SavedModel with one endpoint that takes any number of images."""
    image = tensorflow().TensorSpec((None, *input_shape), tensorflow().uint8, name="image")
    archive = keras().export.ExportArchive()
    archive.track(model)
    archive.add_endpoint(ENDPOINT, model.call, input_signature=[image])
    try:
        archive.write_out(str(folder), verbose=False)
    except tensorflow().errors.OpError as error:  # a full disk, among others
        raise OutputError(
            f"cannot write {folder}: {error.message}. Free some space or choose another place, and run it again."
        ) from error


def _answers(folder: Path) -> Callable[[NDArray[np.uint8]], NDArray[np.float32]]:
    loaded = tensorflow().saved_model.load(str(folder))  # kept: its variables live no longer than it

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        return np.concatenate([getattr(loaded, ENDPOINT)(batch).numpy() for batch in batches])

    return run
