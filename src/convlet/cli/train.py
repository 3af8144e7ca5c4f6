"""`convlet train`."""

import dataclasses
import os
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.begin import data_and_recipe, data_to_teach
from convlet.cli.console import MANNER, Bars, hint, note, result, result_json, say
from convlet.cli.flags import DATASET_HELP, DataDir, Json, Transpose, recipe_flags, require_one, told_of_box
from convlet.cli.plan import planned
from convlet.errors import UsageError
from convlet.recipes.files import NAMED
from convlet.system.extras import optional, require_train
from convlet.system.windows import end_by_signals

if TYPE_CHECKING:
    from convlet.run import Run
    from convlet.system.watch import Watch
    from convlet.training.distributed.worker import Worker

# Measured on two cores: benchmarks/results/speed.json.
_FASTER = (
    "Faster: --recipe fast reaches this accuracy in a second of training on two cores, --recipe balanced 99.4 % in ten."
)
_SMALLER = "Faster: --recipe fast or --recipe balanced train smaller nets in a fraction of the time."
_SEVERAL = "Several processes"
_METRICS = (
    "params",
    "epochs",
    "train_seconds",
    "seconds_per_epoch",
    "compile_seconds",
    "processes",
    "accuracy",
    "loss",
    "val_accuracy",
    "val_loss",
    "val_balanced_accuracy",
    "validated_on",
)


@recipe_flags
def train(
    dataset: Annotated[
        str | None, typer.Argument(help=DATASET_HELP, show_default="mnist", autocompletion=complete.datasets)
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            autocompletion=complete.recipes,
            help=f"{NAMED}. The default is tutorial for mnist. For other data it is the one that suits them: "
            "a line says which and why.",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="FIELD=VALUE",
            help="Any field of the recipe, e.g. --set 'filters=[16,32]'. Repeatable. "
            "`convlet recipe fields` lists them.",
            autocompletion=complete.settings,
        ),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="A recipe file, such as the recipe.toml of a run.")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder for the run folder.", show_default="runs")] = None,
    start: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="RUN",
            callback=told_of_box,
            autocompletion=complete.models,
            help="Go on from a trained model with a few new images, of its classes or of others; what it learned "
            "before stays. `digits` is the model that comes with convlet. The default recipe is then teach.",
        ),
    ] = None,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Continue an interrupted run. If the data have moved, name them as DATASET.",
            autocompletion=complete.own,
        ),
    ] = None,
    anyway: Annotated[
        bool,
        typer.Option("--anyway", help="With --resume: also where processor, cores or threads differ from before."),
    ] = False,
    processes: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Split each batch among N processes, on JAX. --batch-size is still that of the whole batch.",
            rich_help_panel=_SEVERAL,
        ),
    ] = None,
    coordinator: Annotated[
        str | None,
        typer.Option(
            metavar="HOST:PORT",
            help="On several machines: the address of process 0, the same for all; "
            "or auto under Slurm, Open MPI or Kubernetes.",
            rich_help_panel=_SEVERAL,
        ),
    ] = None,
    process_id: Annotated[
        int | None,
        typer.Option(
            metavar="I", help="With --coordinator: which of the processes this is, from 0.", rich_help_panel=_SEVERAL
        ),
    ] = None,
    track: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TRACKER",
            autocompletion=complete.trackers,
            help="Also log to an experiment tracker: tensorboard (in the run folder) or mlflow "
            "(at MLFLOW_TRACKING_URI, else mlflow.db here). Repeatable.",
        ),
    ] = None,
    data_dir: DataDir = None,
    transpose: Transpose = False,
    json: Json = False,
    **fields: Any,
) -> None:
    """Train a model. Without options: the tutorial on MNIST. Other data get the recipe that suits them.

    Prints the run folder. Every other verb takes it, or `latest`, as its model.
    """
    changes = {name: value for name, value in fields.items() if value is not None} | _parsed(settings or [])
    if resume and (changes or recipe or config or out or transpose or start):
        raise UsageError(
            "--resume continues in the run's own folder with its own recipe. "
            "Omit --out, --recipe, --config, --transpose, --from and the settings."
        )
    if anyway and not resume:
        raise UsageError("--anyway is for --resume RUN, on another machine than the one that began it.")
    require_one(recipe, config)
    if start and (processes or coordinator):
        raise UsageError("--from RUN trains in one process. Omit --processes and --coordinator.")
    require_train("training")

    from convlet.data import load

    worker = _one_of_several(processes, coordinator, process_id)
    if worker:
        from convlet.training import follow
        from convlet.training.distributed import distribute

        if not distribute.part().chief:
            follow(None if worker.local else dataset, data_dir)
            distribute.disconnect()
            return

    with Bars() as bars:
        from convlet import training
        from convlet.run import Run
        from convlet.system.places import FOLDER, resolve

        watch = _told_too(bars.watch, worker) if worker else bars.watch
        if track:
            from convlet.training import tracking

            watch = tracking.track(*track, watch=watch)  # first, so that an unreachable tracker costs no download
        started = None
        if resume:
            started = Run(resolve(resume, finished=False))
            os.environ.setdefault("KERAS_BACKEND", started.manifest.get("engine", "tensorflow"))
            chosen = started.recipe
            data = load(dataset, data_dir, watch=bars.watch) if dataset else started.dataset(data_dir, watch=bars.watch)
        elif start:
            data, chosen = data_to_teach(
                start, dataset, data_dir, recipe, config, changes, bars.watch, transpose=transpose
            )
        else:
            data, chosen = data_and_recipe(
                dataset, data_dir, recipe, config, changes, training.choose_recipe, bars.watch, transpose=transpose
            )
            bars.note(planned(chosen, data))
        MANNER.doing = "starting the engine"
        run = (
            training.resume(started, data, anyway=anyway, watch=watch)
            if started
            else training.train(data, chosen, start=start, out=out or FOLDER, watch=watch)
        )

    if worker:
        distribute.disconnect()
    if json:
        result_json({"run": str(run.path), "recipe": chosen.name, **{key: run.metrics[key] for key in _METRICS}})
    else:
        _report(run, chosen.name, data.name)


def _report(run: "Run", recipe: str, dataset: str) -> None:
    """Print the run folder, and what to do next."""
    metrics = run.metrics
    even = metrics["val_balanced_accuracy"] is None
    balanced = "" if even else f", balanced accuracy {metrics['val_balanced_accuracy']:.2%}"
    note(
        f"trained in {metrics['train_seconds']:.1f} s ({metrics['seconds_per_epoch']:.1f} s an epoch, "
        f"compiling {metrics['compile_seconds']:.1f} s); "
        f"{metrics['validated_on']} accuracy {metrics['val_accuracy']:.2%}{balanced}. The model and its plots:"
    )
    result(str(run.path))
    if verdict := metrics["verdict"]:
        said = verdict["text"] if MANNER.quiet else "the verdict above says what to try."
        say(f"Not a success yet ({verdict['kind']}): {said}")
    elif start := run.manifest.get("start"):
        from convlet.run import Run

        both = f"{shlex.quote(Run(start['path']).called)} {shlex.quote(str(run.path))}"
        hint(
            f"convlet predict {shlex.quote(str(run.path))} PICTURE    or before and after, on data with test images: "
            f"convlet compare {both} --dataset DATASET"
        )
    else:
        hint(f"convlet evaluate {shlex.quote(str(run.path))}    or look at {run.path / 'accuracy.png'}")
    if recipe == "tutorial":
        note(_FASTER if dataset == "mnist" else _SMALLER)


def _told_too(watch: "Watch", worker: "Worker") -> "Watch":
    """Return a watch that also reports the run's path to the parent process."""

    def on_start(run: "Run") -> None:
        worker.keep(run)
        watch.on_start(run)

    return dataclasses.replace(watch, on_start=on_start)


def _one_of_several(processes: int | None, coordinator: str | None, process_id: int | None) -> "Worker | None":
    """Connect this process to the others and return it; None if it trains alone.

    Raises:
        UsageError: the options do not go together, or `KERAS_BACKEND` names an engine other than JAX.
        MissingExtraError: JAX is not installed.
        typer.Exit: this command started the processes, and they are done.
    """
    if processes is None and coordinator is None and process_id is None:
        return None
    if (engine := os.environ.setdefault("KERAS_BACKEND", "jax")) != "jax":
        raise UsageError(f"--processes trains on JAX, and KERAS_BACKEND is {engine!r}. Unset it, or set it to jax.")
    optional("jax", "jax")
    from convlet.training.distributed import distribute, launch
    from convlet.training.distributed.worker import Worker

    if worker := Worker.here():
        distribute.connect(worker.coordinator, worker.processes, worker.index, local=worker.local)
        end_by_signals()  # JAX has set its own
        return worker
    started = launch.workers(processes, coordinator, process_id)
    if processes == 1 and coordinator is None:
        return None
    command = [sys.executable, "-P", "-m", "convlet.cli.worker", *sys.argv[1:]]
    raise typer.Exit(launch.launch(command, started, os.environ))


def _parsed(settings: list[str]) -> dict[str, Any]:
    from convlet.recipes import parse_settings

    pairs = [setting.partition("=") for setting in settings]
    for key, equals, _ in pairs:
        if not key or not equals:
            raise UsageError(f"--set takes FIELD=VALUE, such as --set dropout=0.3; not {key!r}.")
    return parse_settings({key.strip(): value.strip() for key, _, value in pairs})
