"""Log to TensorBoard: event files in the run folder, written without TensorFlow."""

import contextlib
import dataclasses
import time
from typing import Any

from convlet.recipes import PER_CONVOLUTION, Recipe
from convlet.run import Epoch, Run
from convlet.system.extras import optional

_FOLDER = "tensorboard"
_TRAIN, _VALIDATION, _WHOLE = "train", "validation", "."


class TensorBoard:
    """A tracker that writes `RUN/tensorboard/`: curves of `train` and `validation`, and the recipe as hyperparameters.

    The names `epoch_loss` and `epoch_accuracy` are those of Keras's callback, so runs of both share a chart. A resumed
    run's files are rewritten from its history, so no step is missing or repeated.

    Raises:
        MissingExtraError: tensorboardX is not installed.
    """

    def __init__(self) -> None:
        # Not tensorboardX's SummaryWriter, whose thread would hang the training on a full disk.
        self.files = optional("tensorboardX.event_file_writer", "tensorboard")
        self.events = optional("tensorboardX.proto.event_pb2", "tensorboard")
        self.summaries = optional("tensorboardX.summary", "tensorboard")
        self.writers: dict[str, Any] = {}

    def started(self, run: Run) -> str:
        """See `Tracker`."""
        self._close()
        folder = run.path / _FOLDER
        for old in folder.rglob("events.out.tfevents.*"):
            old.unlink()
        for name in (_WHOLE, _TRAIN, _VALIDATION):
            (folder / name).mkdir(parents=True, exist_ok=True)
            self.writers[name] = self.files.EventsWriter(str(folder / name / "events"))
            # Makes a running TensorBoard forget what it has read.
            self._write(name, 0, session_log=self.events.SessionLog(status=self.events.SessionLog.START))
        experiment, session, self.ended = self.summaries.hparams(
            _plain(run.recipe), {"saved_val_accuracy": 0, "saved_val_loss": 0}
        )
        for summary in (experiment, session, self.summaries.text("recipe", _code(run.recipe.to_toml()))):
            self._write(_WHOLE, 0, summary)
        history = run.history
        ago = sum(epoch.seconds + epoch.val_seconds for epoch in history)
        for epoch in history:  # with the original spacing, without the pauses
            ago -= epoch.seconds + epoch.val_seconds
            self._epoch(epoch, time.time() - ago)
        self._flush()
        return f"TensorBoard: tensorboard --logdir {run.path.parent}"

    def epoch(self, epoch: Epoch) -> None:
        """See `Tracker`."""
        self._epoch(epoch, time.time())
        self._flush()

    def finished(self, run: Run, status: str) -> None:
        """See `Tracker`."""
        layers = run.path / "summary.txt"
        if layers.is_file():
            self._write(_WHOLE, 0, self.summaries.text("layers", _code(layers.read_text(encoding="utf-8"))))
        if status == "done":
            metrics = run.metrics
            for name in ("val_accuracy", "val_loss"):
                self._write(_WHOLE, metrics["epochs"], self.summaries.scalar(f"saved_{name}", metrics[name]))
            self._write(_WHOLE, 0, self.ended)
        self._close()

    def _epoch(self, epoch: Epoch, wall_time: float) -> None:
        for name, prefix in ((_TRAIN, ""), (_VALIDATION, "val_")):
            for what in ("loss", "accuracy"):
                if (value := getattr(epoch, prefix + what)) is not None:
                    self._write(name, epoch.epoch, self.summaries.scalar(f"epoch_{what}", value), wall_time)
        self._write(_TRAIN, epoch.epoch, self.summaries.scalar("epoch_seconds", epoch.seconds), wall_time)

    def _write(self, name: str, step: int, summary: Any = None, wall_time: float = 0, session_log: Any = None) -> None:
        event = self.events.Event(
            wall_time=wall_time or time.time(), step=step, summary=summary, session_log=session_log
        )
        self.writers[name].write_event(event)

    def _flush(self) -> None:
        for writer in self.writers.values():
            writer.flush()

    def _close(self) -> None:
        for writer in self.writers.values():
            with contextlib.suppress(OSError, ValueError):  # the disk was full, or it is closed
                writer.close()
        self.writers = {}


def _plain(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe's fields as numbers and texts, with the same types in every recipe, for TensorBoard's table."""
    return {
        key: str(list(value)) if isinstance(value, tuple) else str(value) if key in PER_CONVOLUTION else value
        for key, value in dataclasses.asdict(recipe).items()
    }


def _code(text: str) -> str:
    """Return Markdown that shows text verbatim."""
    return "\n".join(f"    {line}" for line in text.splitlines())
