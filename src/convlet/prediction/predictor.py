"""From a model file and images to answers, with NumPy and onnxruntime; Keras is loaded only for a `.keras` file."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, ImagesOnDisk, Split
from convlet.data.picture import Source
from convlet.errors import DataError, ModelError
from convlet.evaluation import Evaluation, evaluate
from convlet.reading import Character, read_image, read_page
from convlet.signature import Signature
from convlet.system.files import user_path

_BATCH = 64  # as fast as larger ones on two cores, and tens of megabytes of activations lighter
_TOP = 3
_LARGEST = 1 << 30  # bytes of an ONNX file
_ELSEWHERE = b"\n\x08location"  # in a protobuf file: the key under which a tensor names the file that holds its values
_EMPTY = 16  # of 255: an image whose pixels lie no further apart shows nothing
EMPTY = "empty"

_Given = NDArray[np.uint8] | ImagesOnDisk | Sequence[NDArray[np.uint8]]
_Run = Callable[[NDArray[np.uint8]], NDArray[np.float32]]


@dataclass(frozen=True)
class Answer:
    """What a model says of one image.

    Attributes:
        label: the name of the likeliest class, or "empty" where the model is of ink and the image shows nothing but a ground.
        probability: what the model gives that class, 0 to 1; 0 for an empty image.
        top: the likeliest classes, (name, probability), the best first.
        known: False if the image is empty, or refused as none of the classes: no class is as likely as the model's threshold asks.
    """

    label: str
    probability: float
    top: tuple[tuple[str, float], ...]
    known: bool = True


class Predictor:
    """A trained model, ready to answer.

    Args:
        path: a run folder, an `.onnx` file or a `.keras` file that convlet wrote.
        threads: the threads onnxruntime computes one batch with; None for as many as there are cores. A program that asks from several
            threads of its own, which it may, is faster with 1.

    Attributes:
        signature: input shape, class names and what else the model file says of itself.

    Raises:
        ModelError: there is no such model, or it is not convlet's.
    """

    def __init__(self, path: str | Path, threads: int | None = None) -> None:
        file = model_file(user_path(path))
        self.signature, self._run = _open_keras(file) if file.suffix == ".keras" else _open_onnx(file, threads)

    def predict(self, images: _Given) -> list[Answer]:
        """Classify images.

        Args:
            images: uint8, (n, height, width, channels) or (n, height, width), or a sequence of single images. Those on disk are read
                batch by batch.

        Returns:
            One answer per image, in order.

        Raises:
            DataError: pixels of another type or shape than the model takes.
        """
        checked = self._checked(images)
        answers: list[Answer] = []
        for start in range(0, len(checked), _BATCH):
            batch = checked[start : start + _BATCH]
            answers += self.answers(batch, self._run(batch))
        return answers

    def answers(self, images: NDArray[np.uint8], probabilities: NDArray[np.float32]) -> list[Answer]:
        """What `predict` says of images whose probabilities are at hand.

        Args:
            images: uint8, (n, height, width, channels), of the model's shape.
            probabilities: float32, (n, classes), as `probabilities` gave them.
        """
        names, threshold = self.signature.class_names, self.signature.threshold or 0.0
        empty_below = _EMPTY if self.signature.form.kind == "ink" else -1  # a picture of one colour may be a class
        spread = (images.max(axis=(1, 2)).astype(int) - images.min(axis=(1, 2))).max(axis=1)
        best = np.argsort(-probabilities, axis=1, kind="stable")[:, :_TOP]
        likely = np.take_along_axis(probabilities, best, axis=1).tolist()
        answers = []
        for indices, values, empty in zip(best.tolist(), likely, (spread < empty_below).tolist(), strict=True):
            top = tuple((names[index], value) for index, value in zip(indices, values, strict=True))
            answers.append(
                Answer(EMPTY, 0.0, top, known=False) if empty else Answer(*top[0], top, known=top[0][1] >= threshold)
            )
        return answers

    def read(self, source: Source) -> NDArray[np.uint8]:
        """Read a photograph, scan or drawing as this model's input: see `convlet.read_image`."""
        return read_image(source, self.signature.input_shape, self.signature.form)

    def read_page(self, source: Source) -> list[Character]:
        """Read every character of a page as this model's input, in reading order: see `convlet.read_page`."""
        return read_page(source, self.signature.input_shape, self.signature.form)

    def probabilities(self, images: _Given) -> NDArray[np.float32]:
        """The probability of each class: float32, (n, classes), rows sum to 1. Takes and raises what `predict` does."""
        checked = self._checked(images)
        probabilities = np.empty((len(checked), len(self.signature.class_names)), np.float32)
        for start in range(0, len(checked), _BATCH):
            probabilities[start : start + _BATCH] = self._run(checked[start : start + _BATCH])
        return probabilities

    def evaluate(self, dataset: Dataset, split: str = "test") -> Evaluation:
        """Judge the model on one split of a data set: "test", "train" or "validation".

        Raises:
            ModelError, DataError: see `split`.
        """
        judged = self.split(dataset, split)
        return evaluate(self.probabilities(judged.images), judged.labels, dataset.class_names, self.signature.threshold)

    def split(self, dataset: Dataset, split: str) -> Split:
        """One split of a data set that this model can be judged on: "test", "train" or "validation".

        Raises:
            ModelError: the data set's classes or image size are not the model's.
            DataError: it has no such split.
        """
        if dataset.class_names != self.signature.class_names:
            raise ModelError(
                f"{dataset.name} has the classes {_some(dataset.class_names)}, this model {_some(self.signature.class_names)}. "
                "Evaluate it on data with the classes it was trained on."
            )
        if dataset.image_shape != self.signature.input_shape:
            raise ModelError(
                f"{dataset.name} has images of shape {dataset.image_shape}, this model takes {self.signature.input_shape}."
            )
        return dataset.split(split)

    def _checked(self, given: _Given) -> NDArray[np.uint8] | ImagesOnDisk:
        shape = self.signature.input_shape
        if isinstance(given, np.ndarray | ImagesOnDisk):
            images = given
        else:
            different = {np.shape(image) for image in given}
            if len(different) > 1:
                raise DataError(
                    f"images of {len(different)} shapes ({', '.join(map(str, sorted(different)))}); expected all {shape}."
                )
            images = np.stack(given) if given else np.empty((0, *shape), np.uint8)
        if images.dtype != np.uint8:
            raise DataError(
                f"pixels of type {images.dtype}; expected uint8, 0 to 255. The model scales them itself: do not divide by 255."
            )
        if isinstance(images, np.ndarray) and images.ndim == 3 and shape[-1] == 1 and images.shape[1:] == shape[:2]:
            images = images[..., np.newaxis]
        if images.ndim != 4 or images.shape[1:] != shape:
            raise DataError(f"images of shape {images.shape}; this model takes (n, {', '.join(map(str, shape))}).")
        return images


def page_facts(characters: Sequence[Character], answers: Sequence[Answer]) -> dict[str, Any]:
    """What was read on a page, for JSON.

    Returns:
        `text`: the labels in reading order, a line for each line, with ? for what is not known; `characters`: for each its `box`, its
        `line` and what `Answer` holds.
    """
    labels = [answer.label if answer.known else "?" for answer in answers]
    space = " " if max(map(len, labels), default=1) > 1 else ""
    lines = sorted({character.line for character in characters})
    text = "\n".join(
        space.join(label for label, character in zip(labels, characters, strict=True) if character.line == line)
        for line in lines
    )
    listed = [
        {"box": list(one.box), "line": one.line, **asdict(answer)}
        for one, answer in zip(characters, answers, strict=True)
    ]
    return {"text": text, "characters": listed}


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:6]) + (f", ... ({len(names)})" if len(names) > 6 else "")


def model_file(path: Path) -> Path:
    """The file that a path means: itself, or the model in a run folder.

    Raises:
        ModelError: there is none.
    """
    if path.is_dir():
        if not (path / "model.onnx").is_file():
            raise ModelError(f"{path} holds no model.onnx. Expected a run folder of a finished `convlet train`.")
        return path / "model.onnx"
    if not path.is_file():
        raise ModelError(f"there is no model {path}. Expected a run folder, an .onnx or a .keras file.")
    if path.suffix not in (".onnx", ".keras"):
        raise ModelError(f"{path} is not a model: expected a run folder, an .onnx or a .keras file.")
    return path


def _open_onnx(file: Path, threads: int | None) -> tuple[Signature, _Run]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads or 0  # 0: onnxruntime counts the cores
    size = file.stat().st_size
    if size > _LARGEST:
        raise ModelError(f"{file} has {size:,} bytes; convlet opens ONNX models up to {_LARGEST:,}.")
    content = file.read_bytes()
    if _ELSEWHERE in content:
        raise ModelError(
            f"{file} keeps its weights in other files, which convlet does not open. Export it as one file."
        )
    try:
        session = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's own classes share no base of their own
        raise ModelError(
            f"{file} is not an ONNX model that can be opened ({str(error).splitlines()[0]}). Export it again."
        ) from error
    signature = Signature.from_metadata(session.get_modelmeta().custom_metadata_map, str(file))
    inputs, outputs = session.get_inputs(), session.get_outputs()[:1]
    of_any_length = all(one.shape and not isinstance(one.shape[0], int) for one in (*inputs, *outputs))
    expected = [("tensor(uint8)", list(signature.input_shape)), ("tensor(float)", [len(signature.class_names)])]
    if not of_any_length or [(one.type, one.shape[1:]) for one in (*inputs, *outputs)] != expected:
        raise ModelError(f"{file} does not take and answer what its own metadata say. Export it again.")
    name = inputs[0].name

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        probabilities: NDArray[np.float32] = session.run(None, {name: images})[0]
        return probabilities

    return signature, run


def _open_keras(file: Path) -> tuple[Signature, _Run]:
    from convlet.models.keras_file import load_keras

    model, signature = load_keras(file)
    one_at_a_time = threading.Lock()  # Keras's own loop, unlike onnxruntime's session

    def run(images: NDArray[np.uint8]) -> NDArray[np.float32]:
        with one_at_a_time:
            probabilities: NDArray[np.float32] = model.predict(images, batch_size=_BATCH, verbose=0)
        return probabilities

    return signature, run
