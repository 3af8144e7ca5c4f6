"""One trial: a whole training in a folder of its own, taken up where it stands if it was begun before."""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from convlet.data import Dataset
from convlet.engine import keras
from convlet.errors import ModelError
from convlet.models import build_model
from convlet.recipes import Recipe
from convlet.run import Epoch, Run
from convlet.training import Watch, resume, train

_NOT_BEFORE = 0.5  # seconds into an epoch: the first steps say little about the others


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a trial is.

    Attributes:
        part: of its training, above 0, at most 1.
        seconds: of training that the whole of it takes, as things look now.
        params: numbers the net learns.
        accuracy: on the validation images, after an epoch; None in the midst of one.
    """

    part: float
    seconds: float
    params: int
    accuracy: float | None = None


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a finished trial came to: see `Progress`; `epochs` are those it trained."""

    accuracy: float
    seconds: float
    params: int
    epochs: int


class Stopped(Exception):  # noqa: N818  it is no error
    """A trial that is not worth finishing; the reason is its text."""


Report = Callable[[Progress], str | None]


def train_trial(folder: Path, dataset: Dataset, recipe: Recipe, report: Report) -> Outcome:
    """Train a trial to its end, in `folder`; what a killed process left there is gone on with.

    Args:
        folder: the trial's own.
        dataset: with its validation split.
        recipe: what was drawn.
        report: told of the progress; answers with a reason to stop, or None.

    Raises:
        Stopped: `report` gave a reason.
        ConvletError: see `convlet.train`.
    """
    run = _begun(folder)
    try:
        if run is None or run.status != "done":
            watch = _watch(dataset, recipe, report, run.history if run else [])
            if run:
                run = resume(run, dataset, watch=watch)
            else:
                shutil.rmtree(folder, ignore_errors=True)
                run = train(dataset, recipe, out=folder, watch=watch)
    finally:
        keras().utils.clear_session()  # or every net trained so far would stay in memory
    found = run.metrics
    return Outcome(accuracy=found["val_accuracy"], seconds=found["train_seconds"], params=found["params"], epochs=found["epochs"])


def _begun(folder: Path) -> Run | None:
    """The run in a trial's folder, if it has finished an epoch."""
    for child in sorted(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(ModelError):  # what was only half made
            run = Run(child)
            if run.history:
                return run
    return None


def _watch(dataset: Dataset, recipe: Recipe, report: Report, history: list[Epoch]) -> Watch:
    params = build_model(recipe, dataset.image_shape, len(dataset.class_names)).count_params() * recipe.ensemble
    epochs = recipe.epochs * recipe.ensemble
    trained = sum(epoch.seconds for epoch in history)
    began: tuple[int, int, float] | None = None  # epoch, steps done and the time at the first word of it

    def told(part: float, seconds: float, accuracy: float | None = None) -> None:
        if reason := report(Progress(part=part, seconds=seconds, params=params, accuracy=accuracy)):
            raise Stopped(reason)

    def on_step(epoch: int, done: int, total: int, _logs: Mapping[str, float]) -> None:
        nonlocal began
        now = time.perf_counter()
        if began is None or began[0] != epoch:
            began = (epoch, done, now)
        elif now - began[2] > _NOT_BEFORE and done < total:
            a_step = (now - began[2]) / (done - began[1])
            left = a_step * ((epochs - epoch) * total + total)
            told((epoch - 1 + done / total) / epochs, trained + left)

    def on_epoch(epoch: Epoch) -> None:
        nonlocal trained
        trained += epoch.seconds
        told(epoch.epoch / epochs, trained * epochs / epoch.epoch, epoch.val_accuracy)

    return Watch(on_step=on_step, on_epoch=on_epoch)
