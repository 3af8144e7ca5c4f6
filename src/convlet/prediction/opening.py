"""Open a model file: an `.onnx` file with onnxruntime, a `.keras` file with Keras."""

import os
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.prediction.onnx_file import require_plain
from convlet.signature import Signature
from convlet.system.box import DIGITS
from convlet.system.places import LATEST, MANIFEST, like_a_run, require_recorded

_TOGETHER = 1 << 28  # numbers in memory at a time for all images of a call: 1 GB
BATCH = 64  # as fast as larger batches, in tens of megabytes less
_LARGEST = 1 << 30  # bytes of an ONNX file
_SUM_ERROR = 0.01  # of an image's probabilities: far above rounding, also in 8 bits
_EXPECTED = f"Expected a run folder, an .onnx or a .keras file, or {DIGITS}, the model that comes with convlet."
_MAKERS = {
    ".h5": "Keras 2",
    ".hdf5": "Keras 2",
    ".pb": "TensorFlow",
    ".pt": "PyTorch",
    ".pth": "PyTorch",
    ".safetensors": "weights alone",
    ".tflite": "LiteRT",
}
_WEIGHTS_FOLDER = "session.model_external_initializers_file_folder_path"

Compute = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""Images, uint8 (n, height, width, channels), to probabilities, float32 (n, classes)."""


def model_file(path: Path) -> Path:
    """Return the model file at a path: itself, or `model.onnx` in a run folder.

    Raises:
        ModelError: there is none.
    """
    if path.is_dir():
        if not (path / "model.onnx").is_file():
            runs = any((child / MANIFEST).is_file() for child in path.iterdir())
            more = f" Name one of the runs in it, such as {path / LATEST}." if runs else ""
            raise ModelError(f"{path} holds no model.onnx. Expected a run folder of a finished `convlet train`.{more}")
        return path / "model.onnx"
    if not path.is_file():
        raise ModelError(f"there is no model {path}. {like_a_run(path)}{_EXPECTED} List runs with: convlet runs list")
    if path.suffix not in (".onnx", ".keras"):
        maker = _MAKERS.get(path.suffix.lower())
        what = f"a file of {maker}, which convlet does not open" if maker else "not a model"
        raise ModelError(f"{path} is {what}. {_EXPECTED} Train one: convlet train DATASET")
    return path


def open_model(file: Path, threads: int | None) -> tuple[Signature, Compute]:
    """Open a model file; `threads`: see `Predictor`.

    Raises:
        ModelError: it is damaged, not convlet's, or contradicts its own metadata.
    """
    signature, compute = _open_keras(file) if file.suffix == ".keras" else _open_onnx(file, threads)

    def checked(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        answers = compute(images)
        total = float(answers.sum(dtype=np.float64))
        if not abs(total - len(images)) <= _SUM_ERROR * len(images):  # true of NaN, too
            raise ModelError(f"{file} answers with no probabilities: they add up to {total / len(images)}.")
        return answers

    return signature, checked


def _open_onnx(file: Path, threads: int | None) -> tuple[Signature, Compute]:
    import onnxruntime

    if os.environ.get("ORT_DISABLE_TELEMETRY") == "1":  # for those of Windows that do not heed the variable
        onnxruntime.disable_telemetry_events()
    size = file.stat().st_size
    if size > _LARGEST:
        raise ModelError(f"{file} has {size:,} bytes; convlet opens ONNX models up to {_LARGEST:,}.")
    content = file.read_bytes()
    together = _together(_looked_through(content, file))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: onnxruntime counts the cores
    options.add_session_config_entry(_WEIGHTS_FOLDER, os.devnull)  # no folder: weights are in the file
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's exceptions share no base class
        raise ModelError(
            f"{file} is not a valid ONNX model ({str(error).splitlines()[0]}). Export it again."
        ) from error
    signature = Signature.from_metadata(session.get_modelmeta().custom_metadata_map, str(file))
    ends = *session.get_inputs(), *session.get_outputs()[:1]
    any_length = all(end.shape and not isinstance(end.shape[0], int) for end in ends)
    expected = [("tensor(uint8)", list(signature.input_shape)), ("tensor(float)", [len(signature.class_names)])]
    if not any_length or [(end.type, end.shape[1:]) for end in ends] != expected:
        raise ModelError(f"{file} has inputs or outputs that contradict its metadata. Export it again.")
    name = ends[0].name

    def compute(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            if len(images) > together:
                parts = (images[start : start + together] for start in range(0, len(images), together))
                return np.concatenate([session.run(None, {name: part})[0] for part in parts])
            answers: NDArray[np.float32] = session.run(None, {name: images})[0]
        except Exception as error:
            raise _not_computed(file, error) from error
        return answers

    compute(np.zeros((1, *signature.input_shape), np.uint8))  # a model that cannot answer is refused at once
    return signature, compute


def _together(numbers: int) -> int:
    """Return how many images to compute at a time if each takes so many numbers."""
    return max(1, min(BATCH, _TOGETHER // max(1, numbers)))


def _not_computed(file: Path, error: Exception) -> ModelError:
    reason = (str(error) or type(error).__name__).splitlines()[0]
    return ModelError(f"{file} cannot be computed ({reason}). Export it again.")


def _looked_through(content: bytes, file: Path) -> int:
    """Return what `require_plain` does; of a file that is also damaged say that, which then is the cause."""
    try:
        most = require_plain(content, file)
    except ModelError as refused:
        if "other files" not in str(refused):  # that no damage does
            require_recorded(content, file)
        raise
    require_recorded(content, file)
    return most


def _open_keras(file: Path) -> tuple[Signature, Compute]:
    from convlet.models.keras_archive import effort_of
    from convlet.models.keras_file import load_keras

    model, signature = load_keras(file)
    together = _together(effort_of(model)[0])
    lock = threading.Lock()  # Keras's predict takes one caller at a time

    def compute(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        try:
            with lock:
                return np.asarray(model.predict(images, batch_size=together, verbose=0))
        except Exception as error:  # Keras passes on whatever its engine raises
            raise _not_computed(file, error) from error

    return signature, compute
