"""Keep the file of a study: Optuna's journal, a line per event, each on disk before the next."""

import logging
import warnings
from pathlib import Path
from typing import Any

from filelock import FileLock

from convlet.errors import ModelError
from convlet.system.extras import optional

NAME = "convlet"  # of the only study in a journal


def optuna() -> Any:
    """Import `optuna`, silenced.

    Raises:
        MissingExtraError: it is not installed.
    """
    module = optional("optuna", "tune")
    module.logging.set_verbosity(logging.ERROR)
    return module


def storage(path: Path) -> Any:
    """Return Optuna's storage on a journal file, made if missing."""
    storages = optuna().storages
    # This lock ends with its process; Optuna's own would block the next process for half a minute.
    lock = FileLock(path.with_name(f".{path.name}.lock"))
    return storages.JournalStorage(storages.journal.JournalFileBackend(str(path), lock_obj=lock))


def open_study(path: Path, seed: int) -> Any:
    """Open the study of a journal.

    Raises:
        ModelError: the file is not a journal, or is damaged.
    """
    module = optuna()
    try:
        return module.load_study(study_name=NAME, storage=storage(path), sampler=sampler(seed), pruner=_pruner())
    except Exception as error:  # a damaged line makes Optuna raise anything
        why = str(error) or type(error).__name__
        raise ModelError(
            f"cannot read the study {path}: {why}. Expected a journal that `convlet tune` wrote."
        ) from error


def create_study(path: Path) -> Any:
    """Make a new study, whose largest value is the best."""
    return optuna().create_study(study_name=NAME, storage=storage(path), direction="maximize")


def sampler(seed: int) -> Any:
    """Return Optuna's TPE sampler. A seed per trial makes a resumed search draw the same."""
    return optuna().samplers.TPESampler(seed=seed)


def _pruner() -> Any:
    """Prune a trial worse than half of the earlier ones at the same point, from a third of its training on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return optuna().pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=3, n_min_trials=3)


def mend(path: Path) -> None:
    """Remove a last line that a killed process or a full disk left half-written. Lock the study first."""
    with path.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)
