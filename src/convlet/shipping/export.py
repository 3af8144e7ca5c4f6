"""`export`: from a run folder to a checked file and its model card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.errors import OutputError, UsageError
from convlet.evaluation import Evaluation
from convlet.export import Agreement, export_int8, export_litert, export_onnx, export_saved_model
from convlet.files import user_path, write_text
from convlet.predictor import Predictor
from convlet.run import Run
from convlet.shipping.card import card

_NAMES = {"onnx": "model.onnx", "onnx-int8": "model-int8.onnx", "litert": "model.tflite", "saved-model": "saved-model"}
FORMATS = tuple(_NAMES)
_LEAST, _MOST = 1_000, 10_000  # images that an export is checked on
_CALIBRATION = 1_000  # training images

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Exported:
    """What was written, and how it answers.

    Attributes:
        path: the file, or the folder of a SavedModel.
        bytes: its size, all files of a folder together.
        agreement: how it answered beside the Keras model.
        accuracy: of the exported model on the test split.
        accuracy_lost: by how much the Keras model is better there, in parts of 1.
        card: the model card, `MODEL.md`.
    """

    path: Path
    bytes: int
    agreement: Agreement
    accuracy: float
    accuracy_lost: float
    card: Path


def export(
    run: Run,
    form: str,
    out: str | Path | None = None,
    *,
    dataset: Dataset | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Exported:
    """Write a run's model in one of `FORMATS`, if it answers like the Keras model on the test images, with `MODEL.md` beside it.

    Args:
        run: a finished one.
        form: "onnx", "onnx-int8", "litert" or "saved-model".
        out: the file (for "saved-model" the folder) to write, or a folder that is there, to write it into; the default is the run folder.
        dataset: the default is the one it was trained on.
        on_note: called with lines for the person who waits.

    Raises:
        UsageError: there is no such format, or this engine cannot write it.
        ModelError: the run is not finished.
        CheckError: it answers otherwise; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
    """
    if form not in _NAMES:
        raise UsageError(f"there is no format {form!r}. The formats are: {', '.join(FORMATS)}.")
    path = _place(run, form, out)
    dataset = dataset or run.dataset()
    judged = _judged(run, dataset, on_note)
    images = _real_images(dataset)
    source = run.path / "model.keras"
    writers: Mapping[str, Callable[[], Agreement]] = {
        "onnx": lambda: export_onnx(source, path, images),
        "onnx-int8": lambda: export_int8(source, path, images, dataset.train.images[dataset.train.sample(_CALIBRATION)]),
        "litert": lambda: export_litert(source, path, images),
        "saved-model": lambda: export_saved_model(source, path, images),
    }
    agreement = writers[form]()
    own = Predictor(path).evaluate(dataset) if form == "onnx-int8" else None  # the others answer as the model does, to a millionth
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
    written = path.parent / ("MODEL.md" if path.name in _NAMES.values() else f"{path.stem}.MODEL.md")
    write_text(written, card(run, judged, form, files, path.parent, agreement, own))
    accuracy = own.accuracy if own else judged.accuracy
    return Exported(
        path=path,
        bytes=sum(file.stat().st_size for file in files),
        agreement=agreement,
        accuracy=accuracy,
        accuracy_lost=judged.accuracy - accuracy,
        card=written,
    )


def _place(run: Run, form: str, out: str | Path | None) -> Path:
    if out is None:
        return run.path / _NAMES[form]
    path = user_path(out)
    if form == "saved-model":
        inside = path.is_dir() and not (path / "saved_model.pb").is_file()
        path = path / _NAMES[form] if inside else path
    elif path.is_dir():
        path = path / _NAMES[form]
    suffix = Path(_NAMES[form]).suffix
    if path.suffix != suffix and suffix:
        raise UsageError(
            f"--out {out} is no {suffix} file, which {form} is. Expected for instance {path.stem}{suffix}, or a folder that is there."
        )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path.parent}: {error.strerror or error}.") from error
    return path


def _judged(run: Run, dataset: Dataset, on_note: Callable[[str], None] | None) -> Evaluation:
    """The model on the test split, corruptions included where the images are grey."""
    grey = dataset.image_shape[-1] == 1
    if on_note:
        on_note(f"judging the model on the test split{', and under the corruptions' if grey else ''}, for the model card ...")
    judgement, _ = run.judge(dataset, corruptions=grey, on_note=on_note)
    return judgement.evaluation


def _real_images(dataset: Dataset) -> Images:
    """The test images, and where those are few, training images too: uint8 (n, height, width, channels)."""
    test, train = dataset.test, dataset.train
    images = test.images[test.sample(_MOST)]
    if len(images) >= _LEAST:
        return images
    return np.concatenate([images, train.images[train.sample(_LEAST - len(images))]])
