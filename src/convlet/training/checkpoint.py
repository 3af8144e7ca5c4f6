"""Save a run's state in one file: weights, optimizer, random state, history, nets to keep, and the place in the epoch.

Opening safetensors runs no code. The file is replaced as a whole and has its own SHA-256 inside; the one before is
kept. So a killed process, a power cut or a damaged disk leave one of the last two states.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from convlet.errors import ModelError
from convlet.run import CHECKPOINTS, Epoch
from convlet.system.engine import chance, set_chance
from convlet.system.files import replacing
from convlet.system.seal import BLANK, require_whole, sealed

Weights: TypeAlias = list[NDArray[Any]]  # one net's, from `get_weights`
_FINISHED, _KEPT, _METRICS, _CHANCE = "finished", "kept", "metrics", "chance"


@dataclass(frozen=True)
class Place:
    """Where in an epoch a state was saved: after `steps` of its steps, `seconds` after it began; by default before."""

    steps: int = 0
    seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class State:
    """What a checkpoint holds besides the current net and its optimizer.

    Attributes:
        history: that of all nets.
        finished: the weights of each finished net of an ensemble.
        kept: the weights of the current net's best epoch so far; None if the last one is kept.
        place: in the epoch after the history's last.
    """

    history: list[Epoch]
    finished: list[Weights] = field(default_factory=list)
    kept: Weights | None = None
    place: Place = Place()


@dataclass(frozen=True)
class Checkpoint:
    """A state read by `load`.

    Attributes:
        path: the file it was read from.
        state: see `State`.
        variables: the variables of the current net, its optimizer and, within an epoch, its metrics, by name.
        damaged: why a later state could not be read, or "".
    """

    path: Path
    state: State
    variables: Mapping[str, NDArray[Any]]
    damaged: str = ""

    def restore(self, model: Any) -> None:
        """Put the state into a compiled model.

        Raises:
            ModelError: it belongs to another net.
        """
        named = variables(model)
        ours = {name for name in self.variables if not name.startswith((_METRICS, _CHANCE))}
        if ours != named.keys():
            raise ModelError(
                f"{self.path} has a different net or optimizer from the one this version makes from the recipe. "
                "Resume it with the version of convlet that began it, or train again."
            )
        try:
            for name, variable in named.items():
                variable.assign(self.variables[name])
        except ValueError as error:
            raise ModelError(f"{self.path} has a different net from the run's recipe ({error}).") from error

    def restore_figures(self, model: Any) -> None:
        """Put back the figures that an epoch has gathered so far, once Keras has begun it."""
        for name, variable in _metrics(model).items():
            variable.assign(self.variables[name])

    def restore_chance(self) -> None:
        """Put back torch's random state, once Keras has begun the first step: torch draws from it before."""
        if _CHANCE in self.variables:
            set_chance(self.variables[_CHANCE])


def save(model: Any, state: State, folder: Path) -> None:
    """Write the state of a compiled model, and the rest of a `State`; the checkpoint before is kept beside it.

    Raises:
        OutputError: it cannot be written; earlier checkpoints stay intact.
    """
    from safetensors.numpy import save as serialized

    if hasattr(model, "jax_state_sync"):  # within an epoch, JAX's values are not in the variables yet
        model.jax_state_sync()
    named = variables(model) | (_metrics(model) if state.place.steps else {})
    tensors = {name: np.asarray(variable.numpy()) for name, variable in named.items()}
    if state.place.steps and (random := chance()) is not None:
        tensors[_CHANCE] = random
    sets = {f"{_FINISHED}/{member}": weights for member, weights in enumerate(state.finished)}
    for name, weights in (sets | {_KEPT: state.kept or []}).items():
        tensors |= {f"{name}/{index}": np.asarray(values) for index, values in enumerate(weights)}
    facts = {"history": [asdict(epoch) for epoch in state.history], "place": asdict(state.place)}
    content = sealed(serialized(tensors, {"seal": BLANK, **{key: json.dumps(value) for key, value in facts.items()}}))
    newest, before = (folder / name for name in CHECKPOINTS)
    with replacing(newest, before) as temporary:
        temporary.write_bytes(content)


def load(folder: Path) -> Checkpoint | None:
    """Read a run's last checkpoint, or the one before if it is damaged; None if there is none.

    Raises:
        ModelError: all are damaged.
    """
    damaged: list[str] = []
    for name in CHECKPOINTS:
        if (folder / name).is_file():
            try:
                return _read(folder / name, damaged)
            except ModelError as error:
                damaged.append(str(error))
    if damaged:
        raise ModelError(f"{' '.join(damaged)} No state is left to resume: train again from {folder / 'recipe.toml'}.")
    return None


def _read(path: Path, damaged: list[str]) -> Checkpoint:
    from safetensors import SafetensorError
    from safetensors.numpy import load as loaded

    try:
        content = path.read_bytes()
        require_whole(content, path, always=False)
        length = int.from_bytes(content[:8], "little")
        facts = json.loads(content[8 : 8 + length])["__metadata__"]
        history = [Epoch(**epoch) for epoch in json.loads(facts["history"])]
        place = Place(**json.loads(facts.get("place", "{}")))  # an earlier convlet saved no state within an epoch
        tensors = loaded(content)
    except (SafetensorError, OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(f"{path} cannot be read ({error}).") from error
    sets: dict[str, dict[int, NDArray[Any]]] = {}
    for name in [name for name in tensors if name.startswith((_FINISHED, _KEPT))]:
        of, _, index = name.rpartition("/")
        sets.setdefault(of, {})[int(index)] = tensors.pop(name)
    weights = {of: [values[index] for index in sorted(values)] for of, values in sets.items()}
    kept = weights.pop(_KEPT, None)
    finished = [weights[f"{_FINISHED}/{member}"] for member in range(len(weights))]
    state = State(history=history, finished=finished, kept=kept, place=place)
    return Checkpoint(path, state, tensors, " ".join(damaged))


def variables(model: Any) -> dict[str, Any]:
    """Name every variable that training changes, identically for every build of a recipe."""
    model.optimizer.build(model.trainable_variables)
    named = {f"model/{index}": variable for index, variable in enumerate(model.variables)}
    return named | {f"optimizer/{index}": variable for index, variable in enumerate(model.optimizer.variables)}


def _metrics(model: Any) -> dict[str, Any]:
    """Name the variables of an epoch's figures."""
    return {f"{_METRICS}/{index}": variable for index, variable in enumerate(model.metrics_variables)}
