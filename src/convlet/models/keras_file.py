"""Read and write `.keras` files: Keras's own format, with convlet's signature as one more member of the archive."""

import json
import zipfile
from pathlib import Path
from typing import Any

from convlet.errors import ModelError
from convlet.models.keras_archive import SIGNATURE, signature_of
from convlet.signature import Signature
from convlet.system.engine import keras
from convlet.system.extras import require_train
from convlet.system.files import replacing
from convlet.system.seal import BLANK, seal


def save_keras(model: Any, signature: Signature, path: Path) -> None:
    """Write a `.keras` file with the signature in it, and its seal as the archive's comment.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    with replacing(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(SIGNATURE, json.dumps(signature.to_metadata()))
            archive.comment = BLANK.encode()
        seal(temporary)


def load_keras(path: Path) -> tuple[Any, Signature]:
    """Return the uncompiled `keras.Model` and the signature that `save_keras` wrote.

    Raises:
        ModelError: it is not a Keras file, or not convlet's.
        MissingExtraError: Keras is not installed.
    """
    require_train("a .keras model")
    try:
        signature = Signature.from_metadata(signature_of(path), str(path))
        model = keras().models.load_model(path, compile=False)
    except ModelError:
        raise
    except Exception as error:  # a damaged or hostile file makes Keras raise anything
        reason = (str(error) or "damaged").splitlines()[0]
        raise ModelError(f"{path} is not a readable Keras model ({reason}).") from error
    if (model.input_shape[1:], model.output_shape[1:]) != (signature.input_shape, (len(signature.class_names),)):
        raise ModelError(f"{path} has inputs or outputs that contradict its metadata. Export it again.")
    return model, signature
