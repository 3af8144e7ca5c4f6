"""Run one trial: a whole training in its own folder, resumed if it was started before."""

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

_INTERVAL = 0.5  # seconds between reports, which read the journal, and before the first one in an epoch


@dataclass(frozen=True, kw_only=True)
class Progress:
    """The progress of a trial.

    Attributes:
        part: the fraction of its training, above 0, at most 1.
        seconds: the estimated time of the whole training.
        params: the number of parameters of the model that it would save.
        accuracy: on the validation images, 0 to 1; None within an epoch.
    """

    part: float
    seconds: float
    params: int
    accuracy: float | None = None

    def __str__(self) -> str:
        accuracy = "" if self.accuracy is None else f"  {self.accuracy:.2%}"
        return f"about {self.seconds:.0f} s{accuracy}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The result of a finished trial: see `Progress`; `epochs` are those it trained."""

    accuracy: float
    seconds: float
    params: int
    epochs: int


class Stopped(Exception):  # noqa: N818
    """Ends a trial that is not worth finishing; its text is the reason."""


Report = Callable[[Progress], str | None]


def train_trial(folder: Path, dataset: Dataset, recipe: Recipe, report: Report) -> Outcome:
    """Train a trial to its end, resuming what a killed process left in its folder.

    Args:
        folder: the trial's own.
        dataset: one with its validation split.
        recipe: the trial's.
        report: receives the progress; returns a reason to stop, or None.

    Raises:
        Stopped: `report` gave a reason.
        ConvletError: see `convlet.train`.
    """
    run, meter = _begun(folder), _Meter(dataset, report)
    watch = Watch(on_start=meter.catch_up, on_step=meter.step, on_epoch=meter.epoch)
    try:
        if run is None:
            shutil.rmtree(folder, ignore_errors=True)
            run = train(dataset, recipe, out=folder, watch=watch)
        elif run.status == "done":
            meter.catch_up(run)
        else:
            run = resume(run, dataset, anyway=True, watch=watch)
    finally:
        keras().utils.clear_session()  # frees the memory of every net so far
    found = run.metrics
    return Outcome(
        accuracy=found["val_accuracy"], seconds=found["train_seconds"], params=found["params"], epochs=found["epochs"]
    )


def _begun(folder: Path) -> Run | None:
    """Return the run in a trial's folder, if it has finished an epoch."""
    for child in sorted(folder.iterdir()) if folder.is_dir() else ():
        with contextlib.suppress(ModelError):  # incomplete
            run = Run(child)
            if run.history:
                return run
    return None


class _Meter:
    """Reports a training's progress. A resumed training repeats its epochs: a kill may have lost the last report."""

    def __init__(self, dataset: Dataset, report: Report) -> None:
        self.shape, self.classes = dataset.image_shape, len(dataset.class_names)
        self.params, self.epochs = 0, 1  # until it begins, when its recipe is resolved
        self.report = report
        self.trained = self.reported = 0.0  # seconds
        self.began: tuple[int, int, float] | None = None  # epoch, steps done and time at its first step

    def catch_up(self, run: Run) -> None:
        recipe = run.recipe  # with the epochs added for few images
        self.epochs = recipe.epochs * recipe.ensemble
        self.params = build_model(recipe, self.shape, self.classes).count_params() * recipe.ensemble
        for epoch in run.history:
            self.epoch(epoch)

    def step(self, epoch: int, done: int, total: int, _logs: Mapping[str, float]) -> None:
        now = time.perf_counter()
        if self.began is None or self.began[0] != epoch:
            self.began = (epoch, done, now)
        elif min(now - self.began[2], now - self.reported) > _INTERVAL and done < total:
            self.reported = now
            a_step = (now - self.began[2]) / (done - self.began[1])
            left = a_step * ((self.epochs - epoch) * total + total)
            self._report((epoch - 1 + done / total) / self.epochs, self.trained + left)

    def epoch(self, epoch: Epoch) -> None:
        self.trained += epoch.seconds
        self._report(epoch.epoch / self.epochs, self.trained * self.epochs / epoch.epoch, epoch.val_accuracy)

    def _report(self, part: float, seconds: float, accuracy: float | None = None) -> None:
        if reason := self.report(Progress(part=part, seconds=seconds, params=self.params, accuracy=accuracy)):
            raise Stopped(reason)
