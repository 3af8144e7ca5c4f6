"""A run's state after an epoch, in one file: weights, optimizer, dropout's random state, history, and the members of an ensemble
that are done.

safetensors holds plain tensors: opening a checkpoint runs no code. The file is replaced as a whole, so a process killed at any
moment leaves either the last epoch's or the one before.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.run import CHECKPOINT, Epoch
from convlet.system.files import replacing


@dataclass(frozen=True)
class Checkpoint:
    """What `load` found.

    Attributes:
        history: every epoch so far, of all members.
        finished: the weights of each member of an ensemble that is done, as `get_weights` gives them.
        variables: those of the member in training and its optimizer, by name.
    """

    path: Path
    history: list[Epoch]
    finished: list[list[NDArray[Any]]]
    variables: dict[str, NDArray[Any]]

    def restore(self, model: Any) -> None:
        """Put the saved state into a compiled model of the same recipe.

        Raises:
            ModelError: it is of another net.
        """
        variables = _variables(model)
        if self.variables.keys() != variables.keys():
            raise ModelError(f"{self.path} is of another net or optimizer than the run's recipe.")
        try:
            for name, variable in variables.items():
                variable.assign(self.variables[name])
        except ValueError as error:
            raise ModelError(f"{self.path} is of another net than the run's recipe ({error}).") from error


def save(model: Any, history: list[Epoch], finished: list[list[NDArray[Any]]], folder: Path) -> None:
    """Write the state of a compiled model and its history so far, with the members of its ensemble that are done.

    Raises:
        OutputError: it cannot be written; an earlier checkpoint is then still there.
    """
    from safetensors.numpy import save as serialized

    tensors = {name: np.asarray(variable.numpy()) for name, variable in _variables(model).items()}
    tensors |= {
        f"finished/{member}/{index}": np.asarray(w) for member, ws in enumerate(finished) for index, w in enumerate(ws)
    }
    with replacing(folder / CHECKPOINT) as temporary:
        temporary.write_bytes(serialized(tensors, {"history": json.dumps([asdict(epoch) for epoch in history])}))


def load(folder: Path) -> Checkpoint:
    """Read a run's checkpoint.

    Raises:
        ModelError: there is none, or it is damaged.
    """
    from safetensors import SafetensorError, safe_open

    path = folder / CHECKPOINT
    if not path.is_file():
        raise ModelError(
            f"{folder} has no checkpoint to go on from: no epoch was finished. Train it anew from its recipe.toml (--config)."
        )
    try:
        with safe_open(path, framework="numpy") as file:
            history = [Epoch(**epoch) for epoch in json.loads(file.metadata()["history"])]
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"{path} cannot be read ({error}). Train the run anew from its recipe.toml (--config)."
        ) from error
    members: dict[int, dict[int, NDArray[Any]]] = {}
    for name in [name for name in tensors if name.startswith("finished/")]:
        _, member, index = name.split("/")
        members.setdefault(int(member), {})[int(index)] = tensors.pop(name)
    finished = [[weights[index] for index in sorted(weights)] for _, weights in sorted(members.items())]
    return Checkpoint(path, history, finished, tensors)


def _variables(model: Any) -> dict[str, Any]:
    """Every variable that training changes, under a name that two builds of one recipe share."""
    model.optimizer.build(model.trainable_variables)
    named = {f"model/{index}": variable for index, variable in enumerate(model.variables)}
    return named | {f"optimizer/{index}": variable for index, variable in enumerate(model.optimizer.variables)}
