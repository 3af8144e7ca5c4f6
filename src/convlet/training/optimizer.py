"""What a recipe's training minimizes, and how it steps."""

from collections.abc import Callable
from typing import Any

from convlet.engine import keras, on_tensorflow
from convlet.fused import fused_adam
from convlet.recipes import Recipe

_START = 0.1  # of the learning rate, where "one-cycle" begins


def make_optimizer(recipe: Recipe, steps: int) -> Any:
    """The recipe's Keras optimizer with its schedule.

    Args:
        steps: of the whole training.
    """
    optimizers = keras().optimizers
    rate: Any = recipe.learning_rate
    if recipe.schedule == "one-cycle":
        rising = round(recipe.warmup * steps)
        start = rate if rising == 0 else _START * rate
        rate = optimizers.schedules.CosineDecay(start, max(1, steps - rising), warmup_target=rate if rising else None, warmup_steps=rising)
    settings: dict[str, Any] = {"learning_rate": rate}
    if recipe.optimizer in ("adam", "adamw", "nadam"):
        settings |= {"beta_1": recipe.betas[0], "beta_2": recipe.betas[1]}
    if recipe.optimizer == "adam" and on_tensorflow():
        return fused_adam()(**settings)
    return optimizers.get({"class_name": recipe.optimizer, "config": settings})


def cross_entropy(recipe: Recipe) -> Callable[[Any, Any], Any]:
    """The loss of each image: labels int64 (n,) and probabilities (n, classes) to (n,).

    It takes class numbers, where the tutorial one-hot encodes: the same number without a copy of the labels.
    """
    losses, ops = keras().losses, keras().ops

    def loss(labels: Any, probabilities: Any) -> Any:
        if not recipe.label_smoothing:
            return losses.sparse_categorical_crossentropy(labels, probabilities)
        one_hot = ops.one_hot(ops.reshape(labels, (-1,)), probabilities.shape[-1])
        return losses.categorical_crossentropy(one_hot, probabilities, label_smoothing=recipe.label_smoothing)

    return loss
