"""Record each epoch of `fit`."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from convlet.errors import RecipeError
from convlet.run import Epoch, Run
from convlet.system.engine import keras, settle_chance
from convlet.system.files import write_text
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.checkpoint import Checkpoint, Place, State
from convlet.training.plan import Plan

_LOOK_SECONDS = 1.0


class Keeper:
    """Saves nothing: for a process that follows."""

    def check(self) -> None:
        """Raise KeyboardInterrupt if somebody elsewhere wants the training to stop."""

    def begin(self, history: list[Epoch], layers: Callable[[], str] | None) -> None:
        """Receive the epochs so far and, unless a net is already done, a function that summarizes its layers."""

    def keep(self, model: Any, state: State) -> None:
        """Save the state after a validated epoch, or within one; see `checkpoint.save`."""


@dataclass
class RunKeeper(Keeper):
    """Saves a training in its run folder."""

    run: Run
    watch: Watch
    looked: float = 0.0  # for a wish to stop

    def check(self) -> None:
        """See `Keeper`; looks at the disk once a second."""
        if perf_counter() - self.looked >= _LOOK_SECONDS:
            self.looked = perf_counter()
            if self.run.stop_wanted:
                raise KeyboardInterrupt

    def begin(self, history: list[Epoch], layers: Callable[[], str] | None) -> None:
        """See `Keeper`."""
        if history:
            self.run.write_history(history)  # an epoch behind if the process was killed between the two files
        if layers:
            text = layers()
            write_text(self.run.path / "summary.txt", text + "\n")
            self.watch.on_note(text)
        self.watch.on_start(self.run)

    def keep(self, model: Any, state: State) -> None:
        """See `Keeper`; raise an OutputError if a file cannot be written."""
        checkpoint.save(model, state, self.run.path)
        if not state.place.steps:
            self.run.write_history(state.history)


@dataclass(kw_only=True)
class Recorder:
    """Sets the plan of each epoch of one net, measures the time, records the figures, and has the state saved."""

    plan: Plan
    steps: int  # of the compiled step per epoch
    history: list[Epoch]  # for all nets of an ensemble; each new epoch is appended
    keep: Callable[[Place], None]  # called after that if it was validated, and within an epoch
    watch: Watch
    seconds: float  # within an epoch, from one state to the next
    check: Callable[[], None] = lambda: None  # raises KeyboardInterrupt if the user wants to stop
    began: float = 0.0
    trained: float = 0.0
    kept: float = 0.0  # when the last state was saved
    resumed: tuple[Checkpoint, Any] | None = None  # the state within this epoch at which it began, and its model

    def resume_within(self, saved: Checkpoint, model: Any) -> None:
        """Make the next epoch begin where a state was saved."""
        self.resumed = saved, model

    @property
    def first(self) -> int:
        """The step at which the epoch begins."""
        return self.resumed[0].state.place.steps if self.resumed else 0

    def as_callback(self) -> Any:
        """Return a Keras callback."""
        return keras().callbacks.LambdaCallback(
            on_epoch_begin=self.epoch_begins,
            on_train_batch_begin=self.step_begins,
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
        self.began = self.kept = perf_counter()
        if self.resumed:
            saved, model = self.resumed
            saved.restore_figures(model)  # Keras has just reset them
            self.began -= saved.state.place.seconds

    def step_begins(self, step: int, logs: Any = None) -> None:
        """Put back the random state of a resumed epoch before its first step."""
        del logs
        if self.resumed and step == 0:
            self.resumed[0].restore_chance()

    def step_ended(self, step: int, logs: Mapping[str, float]) -> None:
        """Report the steps up to `step` (from 0); the last call of an epoch may overshoot.

        Raises:
            KeyboardInterrupt: the user wants to stop; the state has been saved.
        """
        done = min(self.first + step + 1, self.steps)
        self.watch.on_step(len(self.history) + 1, done, self.steps, logs)
        try:
            self.check()
        except KeyboardInterrupt:
            self._keep_within(done)
            raise
        if perf_counter() - self.kept >= self.seconds:
            self._keep_within(done)

    def _keep_within(self, done: int) -> None:
        """Save the state after `done` steps of the epoch; at its end the epoch's own state follows."""
        if done < self.steps:
            self.keep(Place(done, perf_counter() - self.began))
            self.kept = perf_counter()

    def validation_begins(self, _logs: Any = None) -> None:
        """Stop the training's clock."""
        self.trained = perf_counter()

    def epoch_ended(self, _epoch: int, logs: Mapping[str, float]) -> None:
        """Record an epoch after its validation, if it has one.

        Raises:
            RecipeError: a figure is not finite.
            OutputError: the state cannot be saved.
        """
        ended, number = perf_counter(), len(self.history) + 1
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
        self.resumed = None
        if validated:
            self.keep(Place())
        self.watch.on_epoch(self.history[-1])
