"""Provide Muon (Jordan et al. 2024): momentum with steps of equal length in every direction of a kernel."""

from typing import Any

import numpy as np

from convlet.recipes import Recipe
from convlet.system.engine import keras

_OTHERS = 0.1  # of the learning rate, for Adam on the weights outside of convolutions
_ITERATIONS = 4  # of Newton-Schulz


def muon(recipe: Recipe, learning_rate: Any) -> Any:
    """Make a `keras.optimizers.Muon` for a net whose convolutions are normalized, on any engine.

    Batch normalization cancels the scale of a convolution's weights. So they keep the norm of `filters` unit vectors,
    and a learning rate of 0.1 rotates them by about a tenth per step. Other weights take Adam's steps.
    """
    ops = keras().ops

    class Muon(keras().optimizers.Muon):  # type: ignore[misc]
        def _should_use_adamw(self, variable: Any) -> bool:
            return len(variable.shape) != 4  # Keras's own class takes matrices but not kernels

        def _muon_update_step(self, gradient: Any, variable: Any, lr: Any, m: Any) -> None:
            inputs, filters = int(np.prod(variable.shape[:-1])), variable.shape[-1]
            m.assign(m * self.momentum + gradient)
            step = ops.reshape(gradient + m * self.momentum, (inputs, filters))
            step = self.zeropower_via_newtonschulz5(step, self.ns_steps) * (filters / min(inputs, filters)) ** 0.5
            moved = variable - lr * ops.reshape(step, variable.shape)
            variable.assign(moved * (filters**0.5 / ops.maximum(ops.norm(ops.reshape(moved, (-1,))), 1e-7)))

    return Muon(
        learning_rate,
        adam_beta_1=recipe.betas[0],
        adam_beta_2=recipe.betas[1],
        adam_weight_decay=recipe.weight_decay or None,
        weight_decay=None,
        adam_lr_ratio=_OTHERS,
        momentum=recipe.momentum,
        ns_steps=_ITERATIONS,
    )
