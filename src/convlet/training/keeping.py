"""Choose the epochs to validate, and keep the weights of the best one."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from convlet.recipes import Recipe
from convlet.run.history import Epoch, kept_epoch
from convlet.training.checkpoint import Weights

_SHORT = 4  # steps per epoch; if there are fewer, many epochs may pass without validation
_STEPS = 10  # from one validation to the next
_VALIDATIONS = 30  # at least


def validated_epochs(recipe: Recipe, images: int) -> list[int]:
    """Return the epochs, from 1 and in order, after which a net is validated and its state saved.

    These are all epochs, unless `images` make few steps and there are many epochs: then validating and writing after
    each would take most of the time. The first and last are always included.
    """
    steps = math.ceil(images / recipe.batch_size)
    apart = max(1, min(_STEPS // steps, recipe.epochs // _VALIDATIONS)) if steps < _SHORT else 1
    return sorted({1, *range(apart, recipe.epochs, apart), recipe.epochs})


class Kept:
    """The weights that a net gives to the model.

    Args:
        net: the net in training.
        keep: see `Recipe`.
        images: the number of validation images.
        weights: those kept so far, for a resumed training.
    """

    def __init__(self, net: Any, keep: str, images: int, weights: Weights | None = None) -> None:
        self.net, self.keep, self.images, self._weights = net, keep, images, weights

    @property
    def so_far(self) -> Weights | None:
        """The weights of the best epoch so far; None if the last is kept."""
        return self._weights

    @property
    def weights(self) -> Weights:
        """The weights to keep at the end."""
        return self._weights or self.net.get_weights()

    def see(self, own: Sequence[Epoch]) -> None:
        """Examine the net's epochs so far; the last one has just been validated."""
        if self.keep == "best" and kept_epoch(own, self.keep, self.images) is own[-1]:
            self._weights = [np.array(values) for values in self.net.get_weights()]
