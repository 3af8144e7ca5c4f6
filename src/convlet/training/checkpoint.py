"""A run's state after an epoch, in one file: weights, optimizer, dropout's random state and history.

safetensors holds plain tensors: opening a checkpoint runs no code. The file is replaced as a whole, so a process killed at any
moment leaves either the last epoch's or the one before.
"""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from convlet.errors import ModelError
from convlet.files import replacing
from convlet.run import Epoch

NAME = "checkpoint.safetensors"


def save(model: Any, history: list[Epoch], folder: Path) -> None:
    """Write the state of a compiled model and its history so far.

    Raises:
        OutputError: it cannot be written; an earlier checkpoint is then still there.
    """
    from safetensors.numpy import save as serialized

    tensors = {name: np.asarray(variable.numpy()) for name, variable in _variables(model).items()}
    with replacing(folder / NAME) as temporary:
        temporary.write_bytes(serialized(tensors, {"history": json.dumps([asdict(epoch) for epoch in history])}))


def restore(model: Any, folder: Path) -> list[Epoch]:
    """Put the saved state into a compiled model of the same recipe, and return the history.

    Raises:
        ModelError: there is no checkpoint, or it is of another net.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / NAME
    if not path.is_file():
        raise ModelError(f"{folder} has no checkpoint to go on from: no epoch was finished. Train it anew from its recipe.toml (--config).")
    try:
        with safe_open(path, framework="numpy") as file:
            variables = _variables(model)
            if set(file.keys()) != set(variables):
                raise ModelError(f"{path} is of another net or optimizer than the run's recipe.")
            history = [Epoch(**epoch) for epoch in json.loads(file.metadata()["history"])]
            for name, variable in variables.items():
                variable.assign(file.get_tensor(name))
    except (SafetensorError, OSError, ValueError, KeyError) as error:
        raise ModelError(f"{path} cannot be read ({error}). Train the run anew from its recipe.toml (--config).") from error
    return history


def _variables(model: Any) -> dict[str, Any]:
    """Every variable that training changes, under a name that two builds of one recipe share."""
    model.optimizer.build(model.trainable_variables)
    named = {f"model/{index}": variable for index, variable in enumerate(model.variables)}
    return named | {f"optimizer/{index}": variable for index, variable in enumerate(model.optimizer.variables)}
