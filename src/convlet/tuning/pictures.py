"""Draw a study's plots (history, importances, parallel coordinates), and write the table of its trials."""

import csv
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from convlet.report import plots
from convlet.system.files import replacing
from convlet.tuning import journal
from convlet.tuning.objective import OBJECTIVES
from convlet.tuning.study import Trial

_MOST_AXES = 9
_FACTS = ("number", "state", "value", "accuracy", "seconds", "params", "reason")


def save(folder: Path, trials: Sequence[Trial], objective: str, optuna_study: Any) -> None:
    """Write `trials.csv`, and with enough trials `history.png`, `importances.png`, `parallel.png`.

    Raises:
        OutputError: they cannot be written.
    """
    _table(folder / "trials.csv", trials)
    finished = [trial for trial in trials if trial.value is not None]
    if not finished:
        return
    named = OBJECTIVES[objective] if objective == "accuracy" else objective
    values = [trial.value or 0.0 for trial in finished]
    pruned = [trial.number for trial in trials if trial.state == "pruned"]
    plots.save(
        plots.search_history([trial.number for trial in finished], values, pruned, named), folder / "history.png"
    )
    if weights := _importances(optuna_study):
        plots.save(
            plots.bars(weights, "How much each setting mattered", "share of the variance (functional ANOVA)"),
            folder / "importances.png",
        )
        axes = {name: [trial.settings[name] for trial in finished] for name in list(weights)[:_MOST_AXES]}
        plots.save(plots.parallel_coordinates(axes, values, named), folder / "parallel.png")


def _table(path: Path, trials: Sequence[Trial]) -> None:
    settings = list(dict.fromkeys(name for trial in trials for name in trial.settings))
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*_FACTS, *settings])
        for trial in trials:
            writer.writerow([getattr(trial, fact) for fact in _FACTS] + [trial.settings.get(name) for name in settings])


def _importances(optuna_study: Any) -> dict[str, float]:
    """Return the importance of each setting that all finished trials have, largest first, if it can be determined."""
    module = journal.optuna()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = module.importance.get_param_importances(
                optuna_study, evaluator=module.importance.FanovaImportanceEvaluator(seed=0)
            )
        except (RuntimeError, ValueError):  # fewer than two finished trials, or all with one value
            return {}
    return {str(name): float(weight) for name, weight in found.items()}
