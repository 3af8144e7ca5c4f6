"""Record each epoch of `fit`."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from convlet.errors import RecipeError
from convlet.run import Epoch, Run
from convlet.system.engine import keras, settle_chance
from convlet.system.files import write_text
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.checkpoint import Weights
from convlet.training.plan import Plan


class Keeper:
    """Saves nothing: for a process that follows."""

    def begin(self, history: list[Epoch], layers: Callable[[], str] | None) -> None:
        """Receive the epochs so far and, unless a net is already done, a function that summarizes its layers."""

    def keep(self, model: Any, history: list[Epoch], finished: list[Weights], kept: Weights | None) -> None:
        """Save the state after a validated epoch; see `checkpoint.save`."""


@dataclass
class RunKeeper(Keeper):
    """Saves a training in its run folder."""

    run: Run
    watch: Watch

    def begin(self, history: list[Epoch], layers: Callable[[], str] | None) -> None:
        """See `Keeper`."""
        if history:
            self.run.write_history(history)  # an epoch behind if the process was killed between the two files
        if layers:
            text = layers()
            write_text(self.run.path / "summary.txt", text + "\n")
            self.watch.on_note(text)
        self.watch.on_start(self.run)

    def keep(self, model: Any, history: list[Epoch], finished: list[Weights], kept: Weights | None) -> None:
        """See `Keeper`; raise an OutputError if a file cannot be written."""
        checkpoint.save(model, history, finished, self.run.path, kept)
        self.run.write_history(history)


@dataclass
class Recorder:
    """Sets the plan of each epoch of one net, measures the time, and records the figures."""

    plan: Plan
    steps: int  # calls of the compiled step per epoch
    history: list[Epoch]  # for all nets of an ensemble; each new epoch is appended
    keep: Callable[[], None]  # called after that if it was validated
    watch: Watch
    check: Callable[[], None] = lambda: None  # raises KeyboardInterrupt if the user wants to stop
    began: float = 0.0
    trained: float = 0.0

    def as_callback(self) -> Any:
        """Return a Keras callback."""
        return keras().callbacks.LambdaCallback(
            on_epoch_begin=self.epoch_begins,
            on_train_batch_end=self.step_ended,
            on_test_begin=self.validation_begins,
            on_test_batch_end=lambda *_args, **_logs: self.check(),
            on_epoch_end=self.epoch_ended,
        )

    def epoch_begins(self, epoch: int, _logs: Any = None) -> None:
        """Set the plan before Keras asks for batches."""
        self.check()
        self.plan.epoch = epoch
        settle_chance(self.plan.engine_seed())
        self.began = time.perf_counter()

    def step_ended(self, step: int, logs: Mapping[str, float]) -> None:
        """Report the steps up to `step` (from 0); the last call of an epoch may overshoot."""
        self.watch.on_step(len(self.history) + 1, min(step + 1, self.steps), self.steps, logs)
        self.check()

    def validation_begins(self, _logs: Any = None) -> None:
        """Stop the training's clock."""
        self.trained = time.perf_counter()

    def epoch_ended(self, _epoch: int, logs: Mapping[str, float]) -> None:
        """Record an epoch after its validation, if it has one.

        Raises:
            RecipeError: a figure is not finite.
            OutputError: the state cannot be saved.
        """
        ended, number = time.perf_counter(), len(self.history) + 1
        figures = {name: float(value) for name, value in logs.items()}
        if not all(map(math.isfinite, figures.values())):
            raise RecipeError(
                f"the training diverged: the loss is {figures['loss']} in epoch {number}. Lower learning_rate."
            )
        validated = "val_loss" in figures
        trained = self.trained if validated else ended
        epoch = Epoch(
            epoch=number,
            loss=figures["loss"],
            accuracy=figures["accuracy"],
            val_loss=figures.get("val_loss"),
            val_accuracy=figures.get("val_accuracy"),
            seconds=trained - self.began,
            val_seconds=ended - trained,
        )
        self.history.append(epoch)
        if validated:
            self.keep()
        self.watch.on_epoch(self.history[-1])
