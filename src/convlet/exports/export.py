"""Export a run folder's model to a checked file with a model card."""

import contextlib
import math
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from convlet.errors import ModelError, OutputError, UsageError
from convlet.exports.check import EXACT, Agreement, Answers, Images
from convlet.exports.format import Format
from convlet.exports.formats import ALIASES, FORMATS
from convlet.exports.write import write
from convlet.system.extras import require_train
from convlet.system.files import real_path
from convlet.system.text import near
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from convlet.data import Dataset, Split
    from convlet.evaluation import Evaluation
    from convlet.run import Run

_LEAST, _MOST = 1_000, 10_000  # images for checking an export
_BYTES = 512 * 2**20  # of those images, beyond the minimum number
_CHUNK = 1_000  # images


@dataclass(frozen=True)
class Exported:
    """The written file, and how it answers.

    Attributes:
        path: the file or folder.
        bytes: its whole size.
        agreement: with the Keras model.
        accuracy: on the test split, 0 to 1.
        accuracy_lost: the Keras model's accuracy minus this one.
        card: the model card.
    """

    path: Path
    bytes: int
    agreement: Agreement
    accuracy: float
    accuracy_lost: float
    card: Path


def export(
    run: "Run",
    format: str,  # noqa: A002  # the field's word
    out: str | Path | None = None,
    *,
    dataset: "Dataset | None" = None,
    runtime: str | Path | None = None,
    watch: Watch | None = None,
) -> Exported:
    """Write a run's model for other programs, with `MODEL.md`, if it answers like the Keras model on the test images.

    Args:
        run: a finished run.
        format: "onnx", "onnx-int8", "litert" (also "tflite"), "saved-model" or "web".
        out: the file, or an existing folder to write it into; for "web" the site's own folder. Defaults to the run
            folder; for the model that comes with convlet to a name in the current one.
        dataset: defaults to the run's.
        runtime: for "web", a folder with onnxruntime's browser build; by default npm fetches it, once.
        watch: callbacks.

    Raises:
        UsageError: no such format, this engine cannot write it, or `out` does not fit it.
        ModelError: the run is not finished.
        CheckError: the file answers differently; nothing is kept.
        OutputError: it cannot be written; nothing is left behind.
        InputError, DownloadError, MissingExtraError: see `browser_runtime`.

    Example:
        >>> exported = convlet.export(run, "onnx-int8", "small.onnx", dataset=dataset)
        >>> exported.path.name, exported.accuracy_lost < 0.05
        ('small.onnx', True)
    """
    from convlet.exports.card import write_card
    from convlet.run.recorded import as_recorded

    watch = watch or Watch()
    format = ALIASES.get(str(format).lower(), format)  # noqa: A001
    if format not in FORMATS:
        raise UsageError(
            f"there is no format {format!r}. {near(format, [*FORMATS, *ALIASES])}The formats are: {', '.join(FORMATS)}."
        )
    chosen = FORMATS[format]
    if runtime is not None and not chosen.runtime:
        takers = " and ".join(name for name, one in FORMATS.items() if one.runtime)
        raise UsageError(f"runtime={str(runtime)!r} is only for {takers}; {format} needs none.")
    require_train("exporting")
    chosen.require_engine()
    path = _place(run, chosen, out)
    found = chosen.runtime(runtime, watch) if chosen.runtime else None
    dataset = as_recorded(dataset, run.manifest["dataset"]) if dataset else run.dataset()
    judged = _judged(run, dataset, watch)
    agreement = write(chosen, run.path / "model.keras", path, _real_images(dataset), train=dataset.train, runtime=found)
    if _is_own(run, path):
        run.record(path.name)
    try:
        # An exact format answers like the model to a millionth.
        exact = chosen.limits == EXACT
        accuracy = judged.accuracy if exact else _accuracy(chosen.open(path)[1], dataset.test)
        size = sum(file.stat().st_size for file in (path, *path.rglob("*")) if file.is_file())
        card = write_card(run, judged, chosen, path, size, accuracy, agreement)
    except BaseException:
        if not _is_own(run, path):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise
    return Exported(path, size, agreement, accuracy, judged.accuracy - accuracy, card)


def _place(run: "Run", format: Format, out: str | Path | None) -> Path:  # noqa: A002
    from convlet.system.files import made_folder, user_path

    if out is None:
        return run.place / format.file if run.place else Path(f"{run.path.name}-{format.file}")
    if not str(out):
        raise UsageError("out='' is empty. Expected a file or a folder.")
    path, suffix = user_path(out), Path(format.file).suffix
    exported = any(one.folder and one.model(path).is_file() for one in FORMATS.values())
    if path.is_dir() and not format.holds_card and not exported:
        path /= format.file
    if suffix and path.suffix != suffix:
        raise UsageError(
            f"out={str(out)!r} is not a {suffix} file, which {format.name} needs. "
            f"Expected, for instance, {path.stem}{suffix}, or an existing folder."
        )
    if path.name != format.file and _is_own(run, path):
        raise UsageError(f"out={str(out)!r} is the run's own model, which exports are checked against. Choose another.")
    made_folder(path.parent)
    return path


def _is_own(run: "Run", path: Path) -> bool:
    return real_path(path) == real_path(run.path / FORMATS["onnx"].file)


def _judged(run: "Run", dataset: "Dataset", watch: Watch) -> "Evaluation":
    """Judge the model on the test split; also on corrupted images if the run folder has those figures or it reads ink.

    Pictures may be large; their corruptions then take minutes.
    """
    from convlet.system.places import read_json

    judgement, name = run.judge(dataset, watch=watch)
    found, figures = judgement.evaluation, ("n", "accuracy", "loss")
    with contextlib.suppress(ModelError):
        kept = read_json(run.path / f"evaluation-{name}.json")
        if kept.get("robustness") and all(kept.get(figure) == getattr(found, figure) for figure in figures):
            return found.with_robustness(kept["robustness"]["corruptions"])
    if run.predictor().signature.form.kind != "ink":
        return found
    watch.on_note("judging the model on corrupted images, for the model card (once) ...")
    judgement, name = run.judge(dataset, corruptions=True, watch=watch)
    with contextlib.suppress(OutputError):  # a run folder may be read-only
        if run.place:
            judgement.save(run.place, name)
    return judgement.evaluation


def _real_images(dataset: "Dataset") -> Images:
    """Return the test images and, if those are few, training images too."""
    import numpy as np

    test, train = dataset.test, dataset.train
    most = max(_LEAST, min(_MOST, _BYTES // math.prod(dataset.image_shape)))
    images = test.images[test.sample(most)]
    if len(images) >= _LEAST:
        return images
    return np.concatenate([images, train.images[train.sample(_LEAST - len(images))]])


def _accuracy(answers: Answers, split: "Split") -> float:
    parts = (slice(start, start + _CHUNK) for start in range(0, len(split), _CHUNK))
    right = sum(int((answers(split.images[part]).argmax(axis=1) == split.labels[part]).sum()) for part in parts)
    return right / len(split)
