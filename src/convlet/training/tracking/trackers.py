"""`track`: from names of trackers to who is told of a training. A tracker that fails costs no training."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from convlet.errors import UsageError
from convlet.run import Epoch, Run
from convlet.training import Watch
from convlet.training.tracking.mlflow import MLflow
from convlet.training.tracking.reason import reason
from convlet.training.tracking.tensorboard import TensorBoard

_AGAIN_AFTER = 60.0  # seconds: one that is out of reach may take a while to say so, and the training waits for it


class Tracker(Protocol):
    """What keeps a training somewhere beside its run folder. One object follows one training at a time.

    Each call may raise whatever it likes: `track` says so once, and calls `started` again later.
    """

    def started(self, run: Run) -> str:
        """A training begins or goes on: keep every epoch of `run.history` that is not kept yet.

        Returns:
            A line that says where to look.
        """

    def epoch(self, epoch: Epoch) -> None:
        """An epoch has ended."""

    def finished(self, run: Run, status: str) -> None:
        """The training is over: "done", "interrupted" or "failed". An interrupted one may be started again."""


TRACKERS: dict[str, Callable[[], Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


def tracker(name: str) -> Tracker:
    """A tracker by name, ready to be used.

    Raises:
        UsageError: there is none of that name.
        MissingExtraError: its library is not installed.
        OutputError: where it would write to cannot be reached.
    """
    if name not in TRACKERS:
        raise UsageError(f"there is no tracker {name!r}. The trackers are: {', '.join(TRACKERS)}.")
    return TRACKERS[name]()


def track(*trackers: str | Tracker, watch: Watch | None = None) -> Watch:
    """Who keeps a training in experiment trackers: `convlet.train(dataset, recipe, watch=convlet.track("mlflow"))`.

    Args:
        trackers: "tensorboard" (event files in the run folder), "mlflow" (where MLFLOW_TRACKING_URI says, else `mlflow.db` here), or
            objects that do what `Tracker` describes.
        watch: who is told beside them; its `on_note` hears where to look, and of a tracker that fails.

    Raises:
        UsageError, MissingExtraError, OutputError: see `tracker`.
    """
    watch = watch or Watch()
    named = [one for at, one in enumerate(trackers) if not (isinstance(one, str) and one in trackers[:at])]
    kept = [_Patient(tracker(one) if isinstance(one, str) else one, watch.on_note) for one in named]

    def on_start(run: Run) -> None:
        watch.on_start(run)
        for one in kept:
            one.started(run)

    def on_epoch(epoch: Epoch) -> None:
        watch.on_epoch(epoch)
        for one in kept:
            one.epoch(epoch)

    def on_end(run: Run) -> None:
        watch.on_end(run)
        for one in kept:
            one.finished(run)

    return replace(watch, on_start=on_start, on_epoch=on_epoch, on_end=on_end)


class _Patient:
    """A tracker whose failures cost a training nothing: one note, another try every minute and at the end, and then it gets all it missed."""

    def __init__(self, tracker: Tracker, on_note: Callable[[str], None]) -> None:
        self.tracker, self.on_note = tracker, on_note
        self.run: Run | None = None
        self.up_to_date = self.told_where = self.told_of_failure = False
        self.failed_at = 0.0

    def started(self, run: Run) -> None:
        self.run = run
        self.up_to_date = self.told_where = self.told_of_failure = False
        self._try(self._catch_up)

    def epoch(self, epoch: Epoch) -> None:
        if self.up_to_date:
            self._try(lambda: self.tracker.epoch(epoch))
        elif time.monotonic() > self.failed_at + _AGAIN_AFTER:
            self._try(self._catch_up)

    def finished(self, run: Run) -> None:
        self.run = run
        if not self.up_to_date:
            self._try(self._catch_up)
        if self.up_to_date:
            self._try(lambda: self.tracker.finished(run, run.status))
        if not self.up_to_date:
            self.on_note(f"{self._name()} has not got all of this training; {run.path} has.")

    def _catch_up(self) -> None:
        if self.run is not None:
            where = self.tracker.started(self.run)
            if not self.told_where:
                self.on_note(where)
            self.up_to_date = self.told_where = True

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:
            self.up_to_date, self.failed_at = False, time.monotonic()
            if not self.told_of_failure:
                self.told_of_failure = True
                self.on_note(
                    f"{self._name()} cannot keep this training for now ({reason(error)}). The training goes on; it is tried again."
                )

    def _name(self) -> str:
        return type(self.tracker).__name__
