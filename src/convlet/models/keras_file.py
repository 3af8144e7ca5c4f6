"""Read and write `.keras` files: Keras's own format, with convlet's signature as one more member of the archive."""

import json
import zipfile
from pathlib import Path
from typing import Any

from convlet.errors import ModelError
from convlet.signature import Signature
from convlet.system.engine import keras
from convlet.system.files import replacing

_MEMBER = "convlet.json"


def save_keras(model: Any, signature: Signature, path: Path) -> None:
    """Write a `.keras` file with the signature in it.

    Raises:
        OutputError: it cannot be written; nothing is left behind.
    """
    with replacing(path) as temporary:
        model.save(temporary)
        with zipfile.ZipFile(temporary, "a") as archive:
            archive.writestr(_MEMBER, json.dumps(signature.to_metadata()))


def load_keras(path: Path) -> tuple[Any, Signature]:
    """Return the uncompiled `keras.Model` and the signature that `save_keras` wrote.

    Raises:
        ModelError: it is not a Keras file, or not convlet's.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            metadata = json.loads(archive.read(_MEMBER)) if _MEMBER in archive.namelist() else {}
        signature = Signature.from_metadata(dict(metadata), str(path))
        model = keras().models.load_model(path, compile=False)
    except ModelError:
        raise
    except Exception as error:  # a damaged or hostile file makes Keras raise anything
        reason = (str(error) or "damaged").splitlines()[0]
        raise ModelError(f"{path} is not a readable Keras model ({reason}).") from error
    return model, signature
