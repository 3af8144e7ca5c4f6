"""What happens around each epoch of `fit`, and who is told."""

import math
import time
from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

from convlet.errors import RecipeError
from convlet.run import Epoch, Run
from convlet.system.engine import keras, settle_chance
from convlet.system.watch import Watch
from convlet.training import checkpoint
from convlet.training.plan import Plan


class Recorder:
    """What happens around each epoch of one net: its plan is set, its time taken, its figures and its state saved.

    Args:
        run: the run folder that is written to; None in a process that keeps none.
        model: the compiled model.
        plan: what its pipeline goes by.
        steps: calls of the compiled step in an epoch.
        history: the epochs so far, those of earlier members of its ensemble among them; grows by one with every epoch.
        finished: the weights of those members.
        watch: who is told.
    """

    def __init__(
        self,
        run: Run | None,
        model: Any,
        plan: Plan,
        steps: int,
        history: list[Epoch],
        finished: list[list[NDArray[Any]]],
        watch: Watch,
    ) -> None:
        self.run, self.model, self.plan, self.steps = run, model, plan, steps
        self.history, self.finished, self.watch = history, finished, watch
        self.began = self.trained = 0.0

    def as_callback(self) -> Any:
        """The Keras callback that `fit` takes."""
        return keras().callbacks.LambdaCallback(
            on_epoch_begin=self.epoch_begins,
            on_train_batch_end=self.step_ended,
            on_test_begin=self.validation_begins,
            on_epoch_end=self.epoch_ended,
        )

    def epoch_begins(self, epoch: int, _logs: Any = None) -> None:
        """Keras is about to iterate over the training batches."""
        self.plan.epoch = epoch
        settle_chance(self.plan.chance())
        self.began = time.perf_counter()

    def step_ended(self, step: int, logs: Mapping[str, float]) -> None:
        """Keras has run the steps up to `step` (from 0); the last call of an epoch may overshoot."""
        self.watch.on_step(len(self.history) + 1, min(step + 1, self.steps), self.steps, logs)

    def validation_begins(self, _logs: Any = None) -> None:
        """The training part of the epoch is over."""
        self.trained = time.perf_counter()

    def epoch_ended(self, _epoch: int, logs: Mapping[str, float]) -> None:
        """Keras has validated.

        Raises:
            RecipeError: a figure is no longer finite: training on would be for nothing.
            OutputError: the checkpoint cannot be written.
        """
        ended = time.perf_counter()
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        if not all(map(math.isfinite, figures.values())):
            raise RecipeError(
                f"the training diverged: the loss is {figures['loss']} in epoch {len(self.history) + 1}. Lower --learning-rate."
            )
        self.history.append(
            Epoch(
                epoch=len(self.history) + 1,
                **figures,
                seconds=self.trained - self.began,
                val_seconds=ended - self.trained,
            )
        )
        if self.run:
            checkpoint.save(self.model, self.history, self.finished, self.run.path)
            self.run.write_history(self.history)
        self.watch.on_epoch(self.history[-1])
