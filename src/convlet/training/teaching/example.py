"""One picture that was taught, and what a model saw of it.

What a model saw says in itself of which picture, and how it was read: for another model, by an earlier convlet, or
after a change of the picture, it is made anew from that.
"""

import contextlib
import functools
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from convlet.errors import DataError
from convlet.prediction.predictor import Predictor
from convlet.reading.show import as_picture
from convlet.signature import Signature
from convlet.system.machine import versions
from convlet.system.text import shown

SEEN = ".seen.png"
_MARK = "convlet"  # the text in it that says of what it is


@dataclass(frozen=True)
class Example:
    """One picture that was taught.

    Attributes:
        label: its class.
        file: where it is.
    """

    label: str
    file: Path

    @property
    def id(self) -> str:
        """CLASS/FILE: what requests call it."""
        return f"{self.label}/{self.file.name}"

    @property
    def seen_file(self) -> Path:
        """Where what the model saw is."""
        return self.file.with_name(f".{self.file.stem}{SEEN}")

    def seen(self, signature: Signature, content: bytes) -> NDArray[np.uint8] | None:
        """Return what a model saw of the picture; None if that was not kept, or is of another picture or model.

        Args:
            signature: the model's.
            content: the picture's file.
        """
        shape = signature.input_shape
        with contextlib.suppress(OSError, ValueError, SyntaxError), Image.open(self.seen_file, formats=["PNG"]) as kept:
            pixels = np.asarray(kept)
            fits = pixels.dtype == np.uint8 and pixels.size == np.prod(shape)
            if fits and kept.info.get(_MARK) == _mark(signature, content):
                return pixels.reshape(shape)
        return None

    def looked_at(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Return what a model sees of the picture: as it was kept, or made anew.

        Raises:
            OSError: the picture is gone, or cannot be read.
            DataError: it is damaged.
        """
        content = self.file.read_bytes()
        if (found := self.seen(predictor.signature, content)) is not None:
            return found
        try:
            return predictor.read(content)
        except DataError as error:
            raise DataError(f"{shown(str(self.file))}: {error}") from error


def seen_file(seen: NDArray[np.uint8], signature: Signature, content: bytes) -> bytes:
    """Return what a model saw as a file.

    Args:
        seen: uint8 (height, width, 1 or 3).
        signature: the model's.
        content: the picture's file.
    """
    info = PngInfo()
    info.add_text(_MARK, _mark(signature, content))
    file = io.BytesIO()
    as_picture(seen).save(file, "PNG", pnginfo=info)
    return file.getvalue()


def _mark(signature: Signature, content: bytes) -> str:
    """Return what tells a reading of a picture from readings of others and for other models."""
    picture = hashlib.sha256(content).hexdigest()
    facts = [_version(), list(signature.input_shape), signature.form.facts(), picture]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@functools.cache
def _version() -> str:
    """Return whose way of reading pictures this is."""
    return versions().get("convlet", "")
