"""Turn trackers into a `Watch`. A tracker that fails does not harm the training."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Protocol

from convlet.errors import UsageError
from convlet.run import Epoch, Run
from convlet.system.text import near
from convlet.system.watch import Watch
from convlet.training.tracking.mlflow import MLflow
from convlet.training.tracking.reason import reason
from convlet.training.tracking.tensorboard import TensorBoard

_RETRY_AFTER = 60.0  # seconds: the training waits while a tracker times out


class Tracker(Protocol):
    """Your own experiment tracker, which follows one training at a time.

    Calls may raise anything: `track` notes it once, and calls `started` again later.

    Example:
        >>> class Printing(convlet.Tracker):
        ...     def started(self, run):
        ...         return f"this prints {run.path.name}"
        ...     def epoch(self, epoch):
        ...         print(epoch.epoch)
        ...     def finished(self, run, status):
        ...         print(status)
        >>> watch = convlet.track(Printing())
    """

    def started(self, run: Run) -> str:
        """Begin or resume a training: log what is missing from `run.history`; return a line that says where to look.

        Example:
            >>> Printing().started(run)
            'this prints digits-small-data-1'
        """

    def epoch(self, epoch: Epoch) -> None:
        """Log an epoch.

        Example:
            >>> Printing().epoch(run.history[0])
            1
        """

    def finished(self, run: Run, status: str) -> None:
        """End a training: "done", "failed", or "interrupted", which may start again.

        Example:
            >>> Printing().finished(run, run.status)
            done
        """


TRACKERS: dict[str, Callable[[], Tracker]] = {"tensorboard": TensorBoard, "mlflow": MLflow}


def track(*trackers: str | Tracker, watch: Watch | None = None) -> Watch:
    """Return callbacks that log a training in experiment trackers.

    Args:
        trackers: "tensorboard" (event files in the run folder), "mlflow" (to MLFLOW_TRACKING_URI, else `mlflow.db`
            in the current folder), or objects like `Tracker`.
        watch: more callbacks; `on_note` also reports where to look, and failures.

    Raises:
        UsageError: no tracker has that name.
        MissingExtraError: its library is not installed.
        OutputError: the place it writes to cannot be reached.

    Example:
        >>> recipe = convlet.recipe("small-data", epochs=2)
        >>> run = convlet.train(convlet.load("digits"), recipe, watch=convlet.track(Printing()))
        1
        2
        done
    """
    watch = watch or Watch()
    named = [one for at, one in enumerate(trackers) if not (isinstance(one, str) and one in trackers[:at])]
    kept = [_Patient(_made(one) if isinstance(one, str) else one, watch.on_note) for one in named]

    def telling(first: Callable[[Any], None], tell: Callable[[_Patient, Any], None]) -> Callable[[Any], None]:
        def told(what: Any) -> None:
            first(what)
            for one in kept:
                tell(one, what)

        return told

    return replace(
        watch,
        on_start=telling(watch.on_start, _Patient.started),
        on_epoch=telling(watch.on_epoch, _Patient.epoch),
        on_end=telling(watch.on_end, _Patient.finished),
    )


def _made(name: str) -> Tracker:
    if name not in TRACKERS:
        raise UsageError(
            f"there is no tracker {name!r}. {near(name, TRACKERS)}The trackers are: {', '.join(TRACKERS)}."
        )
    return TRACKERS[name]()


class _Patient:
    """A tracker whose failures cause one note. It is retried each minute and at the end, and gets all it missed."""

    run: Run
    up_to_date = shown_where = noted_failure = False
    failed_at = 0.0

    def __init__(self, tracker: Tracker, on_note: Callable[[str], None]) -> None:
        self.tracker, self.on_note = tracker, on_note

    def started(self, run: Run) -> None:
        self.run = run
        self.up_to_date = self.shown_where = self.noted_failure = False
        self._try(self._catch_up)

    def epoch(self, epoch: Epoch) -> None:
        if self.up_to_date:
            self._try(lambda: self.tracker.epoch(epoch))
        elif time.monotonic() > self.failed_at + _RETRY_AFTER:
            self._try(self._catch_up)

    def finished(self, run: Run) -> None:
        self.run = run
        if not self.up_to_date:
            self._try(self._catch_up)
        if self.up_to_date:
            self._try(lambda: self.tracker.finished(run, run.status))
        if not self.up_to_date:
            self.on_note(f"{self._name()} did not get all of this training; {run.path} has it.")

    def _catch_up(self) -> None:
        where = self.tracker.started(self.run)
        if not self.shown_where:
            self.on_note(where)
        self.up_to_date = self.shown_where = True

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception as error:  # noqa: BLE001
            self.up_to_date, self.failed_at = False, time.monotonic()
            if not self.noted_failure:
                self.noted_failure = True
                self.on_note(
                    f"{self._name()} cannot log this training for now ({reason(error)}). The training continues; "
                    "the tracker will be tried again."
                )

    def _name(self) -> str:
        return type(self.tracker).__name__
