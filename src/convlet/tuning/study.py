"""Manage a study: a folder with the journal of its trials, their search space, and the best recipe so far."""

import contextlib
import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.data import Dataset
from convlet.errors import ModelError, UsageError
from convlet.recipes import Recipe
from convlet.run.recorded import Recorded, recorded
from convlet.system.engine import keras
from convlet.system.files import user_path, write_text
from convlet.system.machine import versions
from convlet.system.places import new_folder, newest, write_manifest
from convlet.system.text import near
from convlet.tuning import journal
from convlet.tuning.objective import OBJECTIVES
from convlet.tuning.space import Space

FOLDER = Path("studies")
_MANIFEST = "study.json"
_STATES = {"COMPLETE": "finished", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "unfinished"}


@dataclass(frozen=True, kw_only=True)
class Trial:
    """One trial of a study.

    Attributes:
        number: from 0.
        state: "finished", "pruned" (ended early), "failed", or "unfinished" (in training, or interrupted).
        value: the objective, if finished.
        accuracy: on the validation images, 0 to 1, if finished.
        seconds: the training time.
        params: its net's number of parameters.
        settings: the drawn values.
        recipe: as TOML; empty if the settings do not form one.
        reason: why it was pruned or failed.
    """

    number: int
    state: str
    value: float | None
    accuracy: float | None
    seconds: float | None
    params: int | None
    settings: Mapping[str, Any]
    recipe: str
    reason: str

    def __str__(self) -> str:
        outcome = f"{self.state}, {self.reason}"
        if self.state == "finished":
            outcome = f"{self.accuracy:.2%} in {self.seconds:.1f} s, {self.params:,} parameters"
        return f"trial {self.number:>3}: {outcome}"


class Study(Recorded):
    """A study folder, made by `convlet.tune` and opened by `Study(path)` or `Study("latest")`.

    Args:
        path: the folder, or "latest" for the newest in `studies/` ("DIR/latest": in DIR).

    Raises:
        ModelError: it is not a study, or a file in it is missing or damaged.

    Example:
        >>> made = convlet.Study.create("studies", cut, space, "accuracy", None)
        >>> convlet.Study("latest").path == made.path
        True
    """

    def __init__(self, path: str | Path) -> None:
        found = newest(path, FOLDER, _MANIFEST, "study in {}. Start one first: convlet tune")
        super().__init__(found, _MANIFEST, "a study", "tune")

    @classmethod
    def create(
        cls, parent: str | Path, dataset: Dataset, space: Space, objective: str, trial_seconds: float | None
    ) -> "Study":
        """Make the next free folder `PARENT/DATASET-N`. Its first trial is the base recipe, where the space has it.

        Raises:
            UsageError: no such objective.
            OutputError: `parent` cannot be written to, or holds something else.

        Example:
            >>> convlet.Study.create("studies", cut, space, "accuracy", None).manifest["objective"]
            'accuracy'
        """
        if objective not in OBJECTIVES:
            alike = near(objective, OBJECTIVES)
            raise UsageError(
                f"there is no objective {objective!r}. {alike}The objectives are: {', '.join(OBJECTIVES)}."
            )
        parent = user_path(parent)
        manifest = {
            "format": 1,
            "created": dt.datetime.now(dt.UTC).isoformat(timespec="microseconds"),
            "dataset": {**recorded(dataset), "validation": len(dataset.split("validation"))},
            "engine": keras().backend.backend(),
            "objective": objective,
            "trial_seconds": trial_seconds,
            "versions": versions(),
        }
        with new_folder(parent, dataset.name, _MANIFEST) as (made, put):
            write_manifest(made / _MANIFEST, manifest)
            write_text(made / "base.toml", space.base.to_toml())
            write_text(made / "space.toml", space.to_toml())
            journal.create_study(made / "study.journal").enqueue_trial(space.base_values())
            return cls(put())

    @property
    def space(self) -> Space:
        """The search space of its trials.

        Example:
            >>> study.space.ranges["dropout"] == space.ranges["dropout"]
            True
        """
        return Space.from_toml(self.path / "space.toml", Recipe.from_toml(self.path / "base.toml"))

    @property
    def journal(self) -> Path:
        """The file with its trials, which Optuna's dashboard reads too.

        Example:
            >>> study.journal.name
            'study.journal'
        """
        return self.path / "study.journal"

    @property
    def trials(self) -> list[Trial]:
        """Every trial so far, in order.

        Example:
            >>> study.trials
            []
        """
        return trials_of(journal.open_study(self.journal, 0))

    @property
    def best(self) -> Trial | None:
        """The finished trial with the largest value; the first one if several are equal.

        Example:
            >>> study.best is None  # before a trial has finished
            True
        """
        return best_of(self.trials)

    def folder(self, number: int) -> Path:
        """Return the folder of trial `number`. Only the best trial's folder stays.

        Example:
            >>> study.folder(3).name
            '3'
        """
        return self.path / "trials" / str(number)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Lock this study against searches by other processes.

        Raises:
            ModelError: another one is searching.

        Example:
            >>> with study.held():
            ...     print("no other process searches meanwhile")
            no other process searches meanwhile
        """
        try:
            with FileLock(self.path / ".lock").acquire(timeout=0):
                journal.mend(self.journal)
                yield
        except Timeout as error:
            raise ModelError(
                f"{self.path} is being searched by another process. Wait for it, or end it first."
            ) from error


def trials_of(optuna_study: Any) -> list[Trial]:
    """Return the trials of an Optuna study that have begun."""
    return [_trial(each) for each in optuna_study.get_trials(deepcopy=False) if each.state.name in _STATES]


def best_of(trials: list[Trial]) -> Trial | None:
    """See `Study.best`."""
    finished = [one for one in trials if one.state == "finished" and one.value is not None]
    return max(finished, key=lambda one: one.value or 0.0, default=None)


def _trial(frozen: Any) -> Trial:
    facts = frozen.user_attrs
    state = _STATES[frozen.state.name]
    return Trial(
        number=frozen.number,
        state=state,
        value=frozen.value if state == "finished" else None,
        accuracy=facts.get("accuracy"),
        seconds=facts.get("seconds"),
        params=facts.get("params"),
        settings=frozen.params,
        recipe=facts.get("recipe", ""),
        reason=facts.get("reason", ""),
    )
