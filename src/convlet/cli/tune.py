"""`convlet tune`."""

import os
import shlex
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.begin import data_and_recipe
from convlet.cli.console import Bars, hint, note, result, result_json, show, table
from convlet.cli.flags import DATASET_HELP, DataDir, Json, Transpose, require_one
from convlet.errors import UsageError
from convlet.system.extras import optional, require_train

if TYPE_CHECKING:
    from convlet.tuning import Study, Trial

_SHOWN = 5


def tune(
    dataset: Annotated[
        str | None, typer.Argument(help=DATASET_HELP, show_default="mnist", autocompletion=complete.datasets)
    ] = None,
    trials: Annotated[int, typer.Option(min=1, help="Trials in the study when it is done.")] = 30,
    seconds: Annotated[
        float | None,
        typer.Option("--time", min=1, metavar="SECONDS", help="After this, and one finished trial, stop all trials."),
    ] = None,
    space: Annotated[
        Path | None,
        typer.Option(help="The search space: a TOML file like a study's space.toml.", show_default="around the recipe"),
    ] = None,
    objective: Annotated[
        str | None,
        typer.Option(
            help="accuracy, accuracy-per-second or accuracy-per-parameter.",
            show_default="accuracy",
            autocompletion=complete.objectives,
        ),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            help="The recipe to start from.",
            show_default="the one that suits the data",
            autocompletion=complete.recipes,
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A recipe file to start from instead.")] = None,
    trial_seconds: Annotated[
        float | None,
        typer.Option(
            "--trial-time",
            min=0.1,
            metavar="SECONDS",
            help="Maximum training time of a trial, without compilation and validation: one that would take longer is "
            "ended.",
            show_default="twice the first one's, at least 10",
        ),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the search and of every training.", show_default="1")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the study's folder.", show_default="studies")] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="STUDY",
            autocompletion=complete.studies,
            help="Continue a study (`latest`) up to --trials. If the data have moved, name them as DATASET.",
        ),
    ] = None,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Run several trials at once on a Ray cluster: local, auto, or HOST:PORT."),
    ] = None,
    cpus: Annotated[float, typer.Option(min=0.1, help="With --cluster: cores per trial.")] = 1,
    gpus: Annotated[float, typer.Option(min=0, help="With --cluster: GPUs per trial.")] = 0,
    data_dir: DataDir = None,
    transpose: Transpose = False,
    json: Json = False,
) -> None:
    """Search for the best settings on validation images; the test set stays closed.

    Every trial is saved when it ends: --resume continues an interrupted or killed search. Prints the study's folder;
    `convlet train --config` takes its best.toml.
    """
    given = {"objective": objective, "trial_seconds": trial_seconds, "seed": seed, "out": out}
    options: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if resume and (options or space or recipe is not None or config or transpose):
        raise UsageError(
            "--resume continues a study with its own settings. "
            "Omit --space, --recipe, --config, --objective, --trial-time, --seed, --transpose and --out."
        )
    require_one(recipe, config)
    require_train("a search")

    from convlet.data import load
    from convlet.tuning import Space, Study, begin, resume_tuning
    from convlet.tuning.journal import optuna
    from convlet.tuning.local import choose_base

    optuna()  # before anything is written
    if cluster:
        optional("ray.tune", "cluster")
    began = time.monotonic()
    with Bars() as bars:
        if resume:
            study = Study(resume)
            os.environ.setdefault("KERAS_BACKEND", study.manifest["engine"])
            data = load(dataset, data_dir, watch=bars.watch) if dataset else study.dataset(data_dir, watch=bars.watch)
        else:
            data, base = data_and_recipe(
                dataset, data_dir, recipe, config, {}, choose_base, bars.watch, transpose=transpose
            )
            drawn = Space.from_toml(space, base) if space else Space.default(base, len(data.train))
            study = begin(data, drawn, **options)
        many = "1 trial" if trials == 1 else f"{trials} trials"
        note(f"{study.path}: {many} of {data.name}, by {study.manifest['objective']} on validation images.")
        if cluster:
            from convlet.tuning.cluster import tune_on

            tune_on(cluster, study, data, trials=trials, seconds=seconds, cpus=cpus, gpus=gpus, watch=bars.watch)
        else:
            resume_tuning(study, data, trials=trials, seconds=seconds, watch=bars.watch)
    _report(study, time.monotonic() - began, json=json)


def _report(study: "Study", seconds: float, *, json: bool) -> None:
    trials, best = study.trials, study.best
    counts = {state: sum(trial.state == state for trial in trials) for state in ("finished", "pruned", "failed")}
    if json:
        result_json(
            {
                "study": str(study.path),
                "objective": study.manifest["objective"],
                "trials": len(trials),
                **counts,
                "seconds": seconds,
                "best": best and asdict(best),
            }
        )
        return
    ranked = sorted((trial for trial in trials if trial.value is not None), key=lambda trial: -(trial.value or 0))
    columns = table("trial", "value", "accuracy", "seconds", "parameters", "settings", right=False)
    for trial in ranked[:_SHOWN]:
        accuracy, taken, params = f"{trial.accuracy:.2%}", f"{trial.seconds:.1f}", f"{trial.params:,}"
        columns.add_row(str(trial.number), f"{trial.value:.4f}", accuracy, taken, params, _settings(trial))
    if ranked:
        show(f"The best of {len(trials)} trials", columns)
    ended = ", ".join(f"{count} {state}" for state, count in counts.items() if count)
    note(f"{ended or 'no trial'} in {seconds:.0f} s. The best recipe, the table of all trials and the plots:")
    result(str(study.path))
    if best:
        facts = study.manifest["dataset"]
        source, config = (shlex.quote(str(each)) for each in (facts["source"], study.path / "best.toml"))
        note("As the best of many, its validation accuracy is a little optimistic; `convlet evaluate` tests it.")
        hint(f"convlet train {source} --config {config}{' --transpose' if facts.get('transposed') else ''}")


def _settings(trial: "Trial") -> str:
    chosen = trial.settings
    filters = "-".join(str(chosen[name]) for name in sorted(chosen) if name.startswith("filters."))
    rest = (
        f"{name} {chosen[name]:.2g}" if isinstance(chosen[name], float) else f"{name} {chosen[name]}"
        for name in ("learning_rate", "batch_size", "epochs", "optimizer")
        if name in chosen
    )
    return ", ".join(([f"filters {filters}"] if filters else []) + list(rest))
