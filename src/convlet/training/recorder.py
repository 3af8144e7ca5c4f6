"""What happens around each epoch of `fit`, and who is told."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from convlet.engine import keras
from convlet.errors import RecipeError
from convlet.recipes import Recipe
from convlet.run import Epoch, Run
from convlet.training import checkpoint
from convlet.training.pipeline import Order


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Who is told how a training goes. Each is called from the thread that trains.

    Attributes:
        on_note: a line the user should know.
        on_step: (epoch from 1, steps done, steps in the epoch, {"loss", "accuracy"} so far), a few times a second.
        on_epoch: an epoch that has ended, validation included.
    """

    on_note: Callable[[str], None] = field(default=lambda text: None)
    on_step: Callable[[int, int, int, Mapping[str, float]], None] = field(default=lambda *step: None)
    on_epoch: Callable[[Epoch], None] = field(default=lambda epoch: None)


class Recorder:
    """What happens around each epoch: its order is set, its time taken, its figures and its state saved."""

    def __init__(self, run: Run, model: Any, recipe: Recipe, images: int, watch: Watch) -> None:
        self.run, self.model, self.watch = run, model, watch
        self.order = Order(recipe.seed, images)
        self.steps = -(-images // recipe.batch_size)
        self.history: list[Epoch] = []
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
        self.order.epoch = epoch
        self.began = time.perf_counter()

    def step_ended(self, step: int, logs: Mapping[str, float]) -> None:
        """Keras has run the steps up to `step` (from 0); the last call of an epoch may overshoot."""
        self.watch.on_step(self.order.epoch + 1, min(step + 1, self.steps), self.steps, logs)

    def validation_begins(self, _logs: Any = None) -> None:
        """The training part of the epoch is over."""
        self.trained = time.perf_counter()

    def epoch_ended(self, epoch: int, logs: Mapping[str, float]) -> None:
        """Keras has validated.

        Raises:
            RecipeError: a figure is no longer finite: training on would be for nothing.
            OutputError: the checkpoint cannot be written.
        """
        ended = time.perf_counter()
        figures = {name: float(logs[name]) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
        if not all(map(math.isfinite, figures.values())):
            raise RecipeError(f"the training diverged: the loss is {figures['loss']} in epoch {epoch + 1}. Lower --learning-rate.")
        self.history.append(Epoch(epoch=epoch + 1, **figures, seconds=self.trained - self.began, val_seconds=ended - self.trained))
        checkpoint.save(self.model, self.history, self.run.path)
        self.run.write_history(self.history)
        self.watch.on_epoch(self.history[-1])
