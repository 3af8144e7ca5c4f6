"""One trial: a whole training in a folder of its own, taken up where it stands if it was begun before."""

import contextlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from convlet.data import Dataset
from convlet.errors import ModelError
from convlet.models import build_model
from convlet.recipes import Recipe
from convlet.run import Epoch, Run
from convlet.system.engine import keras
from convlet.training import Watch, resume, train

_INTERVAL = 0.5  # seconds between reports, each of which asks the journal; and into an epoch, whose first steps say little about the others


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


class Stopped(Exception):
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
    run, meter = _begun(folder), _Meter(dataset, recipe, report)
    watch = Watch(on_start=meter.catch_up, on_step=meter.step, on_epoch=meter.epoch)
    try:
        if run is None:
            shutil.rmtree(folder, ignore_errors=True)
            run = train(dataset, recipe, out=folder, watch=watch)
        elif run.status == "done":
            meter.catch_up(run)
        else:
            run = resume(run, dataset, watch=watch)
    finally:
        keras().utils.clear_session()  # or every net trained so far would stay in memory
    found = run.metrics
    return Outcome(
        accuracy=found["val_accuracy"], seconds=found["train_seconds"], params=found["params"], epochs=found["epochs"]
    )


def _begun(folder: Path) -> Run | None:
    """The run in a trial's folder, if it has finished an epoch."""
    for child in sorted(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(ModelError):  # what was only half made
            run = Run(child)
            if run.history:
                return run
    return None


class _Meter:
    """Makes progress out of what a training says of itself. Every epoch is reported, those before a kill again: the last report may have been lost with it."""

    def __init__(self, dataset: Dataset, recipe: Recipe, report: Report) -> None:
        self.params = (
            build_model(recipe, dataset.image_shape, len(dataset.class_names)).count_params() * recipe.ensemble
        )
        self.epochs = recipe.epochs * recipe.ensemble
        self.report = report
        self.trained = self.told = 0.0  # seconds
        self.began: tuple[int, int, float] | None = None  # epoch, steps done and the time at the first word of it

    def catch_up(self, run: Run) -> None:
        """`Watch.on_start`."""
        for epoch in run.history:
            self.epoch(epoch)

    def step(self, epoch: int, done: int, total: int, _logs: Mapping[str, float]) -> None:
        """`Watch.on_step`."""
        now = time.perf_counter()
        if self.began is None or self.began[0] != epoch:
            self.began = (epoch, done, now)
        elif min(now - self.began[2], now - self.told) > _INTERVAL and done < total:
            self.told = now
            a_step = (now - self.began[2]) / (done - self.began[1])
            left = a_step * ((self.epochs - epoch) * total + total)
            self._tell((epoch - 1 + done / total) / self.epochs, self.trained + left)

    def epoch(self, epoch: Epoch) -> None:
        """`Watch.on_epoch`."""
        self.trained += epoch.seconds
        self._tell(epoch.epoch / self.epochs, self.trained * self.epochs / epoch.epoch, epoch.val_accuracy)

    def _tell(self, part: float, seconds: float, accuracy: float | None = None) -> None:
        if reason := self.report(Progress(part=part, seconds=seconds, params=self.params, accuracy=accuracy)):
            raise Stopped(reason)
