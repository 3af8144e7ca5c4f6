"""`export`: from a run folder to a checked file and its model card."""

import contextlib
import json
import math
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.errors import OutputError, UsageError
from convlet.evaluation import Evaluation
from convlet.exports import Agreement, export_int8, export_litert, export_onnx, export_saved_model
from convlet.exports.browser_runtime import browser_runtime
from convlet.exports.card import Line, write_card
from convlet.exports.web import export_web
from convlet.prediction.predictor import Predictor
from convlet.run import Run
from convlet.system.files import user_path

_NAMES = {
    "onnx": "model.onnx",
    "onnx-int8": "model-int8.onnx",
    "litert": "model.tflite",
    "saved-model": "saved-model",
    "web": "web",
}
_MODELS = {"saved-model": "saved_model.pb", "web": "static/model.onnx"}  # the file in a folder that is the model
FORMATS = tuple(_NAMES)
_LEAST, _MOST = 1_000, 10_000  # images that an export is checked on
_BYTES = 512 * 2**20  # of those images, where that leaves the least of them
_CALIBRATION = 1_000  # training images

Images = NDArray[np.uint8]


@dataclass(frozen=True)
class Exported:
    """What was written, and how it answers.

    Attributes:
        path: the file, or the folder of a SavedModel or of a web page.
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
    runtime: str | Path | None = None,
    on_note: Callable[[str], None] | None = None,
) -> Exported:
    """Write a run's model in one of `FORMATS`, if it answers like the Keras model on the test images, with `MODEL.md` beside it.

    Args:
        run: a finished one.
        form: "onnx", "onnx-int8", "litert", "saved-model" or "web".
        out: the file to write, or a folder that is there, to write it into; for "web" the folder itself; the
            default is in the run folder.
        dataset: the default is the one it was trained on.
        runtime: "web" only: a folder with onnxruntime's browser build; the default is to fetch it from npm, once.
        on_note: called with lines for the person who waits.

    Raises:
        UsageError: there is no such format, or this engine cannot write it.
        ModelError: the run is not finished.
        CheckError: it answers otherwise; nothing is written.
        OutputError: it cannot be written; nothing is left behind.
        InputError, DownloadError, MissingExtraError: see `browser_runtime`.
    """
    if form not in _NAMES:
        raise UsageError(f"there is no format {form!r}. The formats are: {', '.join(FORMATS)}.")
    if runtime is not None and form != "web":
        raise UsageError(f"--runtime is for the format web; {form} needs none.")
    path = _place(run, form, out)
    browser = browser_runtime(runtime, on_note) if form == "web" else Path()
    dataset = dataset or run.dataset()
    judged = _judged(run, dataset, on_note)
    images = _real_images(dataset)
    source = run.path / "model.keras"
    writers: Mapping[str, Callable[[], Agreement]] = {
        "onnx": lambda: export_onnx(source, path, images),
        "onnx-int8": lambda: export_int8(
            source, path, images, dataset.train.images[dataset.train.sample(_CALIBRATION)]
        ),
        "litert": lambda: export_litert(source, path, images),
        "saved-model": lambda: export_saved_model(source, path, images),
        "web": lambda: export_web(source, path, images, browser),
    }
    agreement = writers[form]()
    try:
        # The others answer as the model does, to a millionth.
        accuracy = Predictor(path).evaluate(dataset).accuracy if form == "onnx-int8" else judged.accuracy
        size = (
            sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
            if path.is_dir()
            else path.stat().st_size
        )
        beside = path if form == "web" else path.parent  # a site travels as one folder
        model = path / _MODELS.get(form, "")
        line = Line(form, str((model if form == "web" else path).relative_to(beside)), model, size, accuracy, agreement)
        named = form == "web" or path.name in _NAMES.values()
        card = write_card(beside, None if named else path.stem, run, judged, line)
    except BaseException:
        if path.resolve() != (run.path / "model.onnx").resolve():  # the run's own, which is as good as it was
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise
    return Exported(
        path=path,
        bytes=size,
        agreement=agreement,
        accuracy=accuracy,
        accuracy_lost=judged.accuracy - accuracy,
        card=card,
    )


def _place(run: Run, form: str, out: str | Path | None) -> Path:
    if out is None:
        return run.path / _NAMES[form]
    if not str(out):
        raise UsageError("--out is empty. Expected a file or a folder.")
    path = user_path(out)
    if path.is_dir() and form != "web" and not (path / "saved_model.pb").is_file():
        path = path / _NAMES[form]
    suffix = Path(_NAMES[form]).suffix
    if path.suffix != suffix and suffix:
        raise UsageError(
            f"--out {out} is no {suffix} file, which {form} is. Expected for instance {path.stem}{suffix}, or a folder that is there."
        )
    if form != "onnx" and path.resolve() == (run.path / "model.onnx").resolve():
        raise UsageError(f"--out {out} is the run's own model, which every export is judged by. Choose another name.")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot make the folder {path.parent}: {error.strerror or error}.") from error
    return path


def _judged(run: Run, dataset: Dataset, on_note: Callable[[str], None] | None) -> Evaluation:
    """The model on the test split, with the corruptions where images are grey: as kept from the last time, or measured and kept."""
    judgement, name = run.judge(dataset, on_note=on_note)
    found = judgement.evaluation
    if dataset.image_shape[-1] != 1:
        return found
    kept = _kept(run.path / f"evaluation-{name}.json")
    if kept.get("robustness") and (kept.get("n"), kept.get("accuracy"), kept.get("loss")) == (
        found.n,
        found.accuracy,
        found.loss,
    ):
        return found.with_robustness(kept["robustness"]["corruptions"])
    if on_note:
        on_note("judging the model under the corruptions of MNIST-C, for the model card (once) ...")
    judgement, name = run.judge(dataset, corruptions=True)
    with contextlib.suppress(OutputError):  # only for the next time: a run folder may be read-only
        judgement.save(run.path, name)
    return judgement.evaluation


def _kept(path: Path) -> dict[str, Any]:
    try:
        kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return kept


def _real_images(dataset: Dataset) -> Images:
    """The test images, and where those are few, training images too: uint8 (n, height, width, channels)."""
    test, train = dataset.test, dataset.train
    most = max(_LEAST, min(_MOST, _BYTES // math.prod(dataset.image_shape)))
    images = test.images[test.sample(most)]
    if len(images) >= _LEAST:
        return images
    return np.concatenate([images, train.images[train.sample(_LEAST - len(images))]])
