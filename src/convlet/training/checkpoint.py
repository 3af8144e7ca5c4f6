"""Save a run's state after an epoch in one file: weights, optimizer, dropout's random state, history, nets to keep.

Opening safetensors runs no code. The file is replaced as a whole, so a killed process leaves the state of the last
epoch or the one before.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.run import CHECKPOINT, Epoch
from convlet.system.files import replacing

Weights: TypeAlias = list[NDArray[Any]]  # one net's, from `get_weights`
_FINISHED, _KEPT = "finished", "kept"


@dataclass(frozen=True)
class Checkpoint:
    """A state read by `load`.

    Attributes:
        history: that of all nets.
        finished: the weights of each finished net of an ensemble.
        kept: the weights of the current net's best epoch so far; None if the last one is kept.
        variables: the variables of the current net and its optimizer, by name.
    """

    path: Path
    history: list[Epoch]
    finished: list[Weights]
    kept: Weights | None
    variables: dict[str, NDArray[Any]]

    def restore(self, model: Any) -> None:
        """Put the state into a compiled model.

        Raises:
            ModelError: it belongs to another net.
        """
        named = variables(model)
        if self.variables.keys() != named.keys():
            raise ModelError(
                f"{self.path} has a different net or optimizer from the one this version makes from the recipe. "
                "Resume it with the version of convlet that began it, or train again."
            )
        try:
            for name, variable in named.items():
                variable.assign(self.variables[name])
        except ValueError as error:
            raise ModelError(f"{self.path} has a different net from the run's recipe ({error}).") from error


def save(model: Any, history: list[Epoch], finished: list[Weights], folder: Path, kept: Weights | None = None) -> None:
    """Write the state of a compiled model, and the rest of a `Checkpoint`.

    Raises:
        OutputError: it cannot be written; an earlier checkpoint stays intact.
    """
    from safetensors.numpy import save as serialized

    tensors = {name: np.asarray(variable.numpy()) for name, variable in variables(model).items()}
    sets = {f"{_FINISHED}/{member}": weights for member, weights in enumerate(finished)}
    for name, weights in (sets | {_KEPT: kept or []}).items():
        tensors |= {f"{name}/{index}": np.asarray(values) for index, values in enumerate(weights)}
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
        raise ModelError(f"{folder} has no checkpoint: no epoch was finished. Train again from its recipe.toml.")
    try:
        with safe_open(path, framework="numpy") as file:
            history = [Epoch(**epoch) for epoch in json.loads(file.metadata()["history"])]
            tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    except (SafetensorError, OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"{path} cannot be read ({error}). Train the run again from its recipe.toml.") from error
    sets: dict[str, dict[int, NDArray[Any]]] = {}
    for name in [name for name in tensors if name.startswith((_FINISHED, _KEPT))]:
        of, _, index = name.rpartition("/")
        sets.setdefault(of, {})[int(index)] = tensors.pop(name)
    weights = {of: [values[index] for index in sorted(values)] for of, values in sets.items()}
    kept = weights.pop(_KEPT, None)
    finished = [weights[f"{_FINISHED}/{member}"] for member in range(len(weights))]
    return Checkpoint(path, history, finished, kept, tensors)


def variables(model: Any) -> dict[str, Any]:
    """Name every variable that training changes, identically for every build of a recipe."""
    model.optimizer.build(model.trainable_variables)
    named = {f"model/{index}": variable for index, variable in enumerate(model.variables)}
    return named | {f"optimizer/{index}": variable for index, variable in enumerate(model.optimizer.variables)}
