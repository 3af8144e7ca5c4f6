"""Evaluate: the public verb."""

import os
from pathlib import Path
from typing import NamedTuple

from convlet.data import Dataset, load
from convlet.evaluation import Evaluation
from convlet.prediction.predictor import Predictor
from convlet.run.folder import Run
from convlet.run.judge import Judgement, judge
from convlet.system.extras import require_train
from convlet.system.files import user_path
from convlet.system.places import resolve
from convlet.system.watch import Watch


class Judged(NamedTuple):
    """A judgment, the name of its files, and their folder: the run's; None for a file, and for a model in the box."""

    judgement: Judgement
    name: str
    folder: Path | None


def evaluate(
    model: "str | os.PathLike[str]",
    dataset: Dataset | None = None,
    split: str = "test",
    *,
    corruptions: bool = False,
    out: str | Path | None = None,
    watch: Watch | None = None,
) -> Evaluation:
    """Evaluate a model on a split of a data set.

    Args:
        model: a run, a run folder, "latest", "digits" for the model that comes with convlet, or an `.onnx` or `.keras`
            file.
        dataset: by default the one the model was trained on.
        split: "test", "train" or "validation".
        corruptions: also measure the accuracy under fifteen corruptions, MNIST-C's for ink and CIFAR-10-C's for
            pictures.
        out: an existing folder for report, figures and pictures; by default the run's; without a run none,
            and none for the model that comes with convlet.
        watch: callbacks.

    Returns:
        Accuracy, loss, calibration and more, as fractions of 1.

    Raises:
        ModelError: there is no such model, or it lacks a class of the data set.
        DataError: there is no such split.
        OutputError: the report cannot be written.

    Example:
        >>> convlet.evaluate(run, dataset).accuracy > 0.5
        True
    """
    judgement, name, own = judged(model, dataset, split, corruptions=corruptions, watch=watch)
    if folder := user_path(out) if out else own:
        judgement.save(folder, name)
    return judgement.evaluation


def judged(
    model: "str | os.PathLike[str]",
    dataset: Dataset | None = None,
    split: str = "test",
    *,
    corruptions: bool = False,
    data_dir: Path | None = None,
    watch: Watch | None = None,
) -> Judged:
    """Judge a model without saving anything; its data set is in `data_dir`; for the rest see `evaluate`."""
    require_train("evaluating")
    path = resolve(model)
    if path.is_dir():
        run = Run(path)
        dataset = dataset or run.dataset(data_dir, watch=watch)
        return Judged(*run.judge(dataset, split, corruptions=corruptions, watch=watch), run.place)
    predictor = Predictor(path)
    dataset = dataset or load(predictor.signature.dataset, data_dir, watch=watch)
    found = judge(predictor, dataset, split, model=path.name, corruptions=corruptions, watch=watch)
    return Judged(found, split, None)
