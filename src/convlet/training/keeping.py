"""Which epochs are validated, and the weights of the one that is kept."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convlet.recipes import Recipe
from convlet.run.history import Epoch, kept_epoch
from convlet.training.checkpoint import Weights

_SHORT = 4  # steps of an epoch, of fewer of which many may follow each other without a validation
_STEPS = 10  # from one validation to the next
_VALIDATIONS = 30  # at least


def validated_epochs(recipe: Recipe, images: int) -> list[int]:
    """Return the epochs of one net after which it is validated and its state kept, from 1, in order.

    All of them, but where `images` make few steps and the epochs are many: validating and writing after each step
    would take most of the time. The first and last are always among them.
    """
    steps = math.ceil(images / recipe.batch_size)
    apart = max(1, min(_STEPS // steps, recipe.epochs // _VALIDATIONS)) if steps < _SHORT else 1
    return sorted({1, *range(apart, recipe.epochs, apart), recipe.epochs})


class Kept:
    """The weights that the model of one net gets.

    Args:
        net: in training.
        keep: see `Recipe`.
        images: how many it is validated on.
        weights: those kept so far, for a resumed training.
    """

    def __init__(self, net: Any, keep: str, images: int, weights: Weights | None = None) -> None:
        self.net, self.keep, self.images, self._weights = net, keep, images, weights

    @property
    def so_far(self) -> Weights | None:
        """The weights of the best epoch so far; None where the last is kept."""
        return self._weights

    @property
    def weights(self) -> Weights:
        """The weights to keep, at the end."""
        return self._weights or self.net.get_weights()

    def see(self, own: Sequence[Epoch]) -> None:
        """Look at the net's epochs so far, the last of which has just been validated."""
        if self.keep == "best" and kept_epoch(own, self.keep, self.images) is own[-1]:
            self._weights = [np.array(values) for values in self.net.get_weights()]
