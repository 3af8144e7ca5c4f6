"""A trained model in memory, which travels inside a pickle."""

import tempfile
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.bring import fitted
from convlet.data.disk import Images
from convlet.prediction.opening import BATCH, open_model


class Model:
    """A trained model, ready to answer; its pickle holds the bytes of its ONNX file and nothing else.

    Args:
        content: those bytes.

    Attributes:
        content: the same.
        signature: what the model takes and answers.

    Raises:
        ModelError: they are no model.
    """

    def __init__(self, content: bytes) -> None:
        self.content = content
        with tempfile.TemporaryDirectory() as folder:  # the file is read whole when it is opened
            file = Path(folder) / "model.onnx"
            file.write_bytes(content)
            self.signature, self._compute = open_model(file, None)

    def probabilities(self, images: Images) -> NDArray[np.float64]:
        """Return class probabilities, float64 (n, classes); rows sum to 1.

        Args:
            images: uint8 (n, height, width) or (n, height, width, channels); those of another size than the model's are
                resized like the training's.
        """
        shape, form, size = self.signature.input_shape, self.signature.form, len(images)
        found = np.empty((size, len(self.signature.class_names)))
        for start in range(0, size, BATCH):
            part = fitted(np.asarray(images[start : start + BATCH]), shape, form)
            # As many images each time, so that an image's answer is the same, bit for bit, whatever stands beside it.
            whole = np.zeros((BATCH, *shape), np.uint8)
            whole[: len(part)] = part
            found[start : start + BATCH] = self._compute(whole)[: len(part)]
        found /= found.sum(axis=1, keepdims=True)
        return found

    def __getstate__(self) -> bytes:
        return self.content

    def __setstate__(self, content: bytes) -> None:
        self.__init__(content)  # type: ignore[misc]
