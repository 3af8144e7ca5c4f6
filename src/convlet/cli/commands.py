"""Assemble the verbs into one command, and handle its errors and signals."""

import io
import sys
from typing import Annotated

import typer

from convlet import __version__
from convlet.cli import (
    INTERRUPTED,
    compare,
    data,
    doctor,
    evaluate,
    explain,
    export,
    label,
    predict,
    recipe,
    runs,
    serve,
    train,
    tune,
    view,
)
from convlet.cli.console import MANNER, say, show_own_warnings
from convlet.cli.everywhere import Debug, Quiet, begin_anew
from convlet.cli.flags import Verb
from convlet.cli.language import Group
from convlet.cli.offer import offer
from convlet.cli.trouble import tell
from convlet.errors import ConvletError, MissingExtraError
from convlet.system.extras import TRAIN, missing
from convlet.system.windows import end_by_signals

app = typer.Typer(
    cls=Group,
    help="Train, test, explain and ship small-image classifiers.",
    epilog="Start with: convlet serve (a model in the box, to draw on); convlet train digits --recipe small-data "
    "(seconds); convlet train (MNIST, minutes).",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for verb in (
    train.train,
    tune.tune,
    evaluate.evaluate,
    compare.compare,
    predict.predict,
    explain.explain,
    export.export,
    serve.serve,
    label.label,
    doctor.doctor,
    view.view,
):
    app.command(cls=Verb)(verb)
app.add_typer(data.app, name="data")
app.add_typer(recipe.app, name="recipe")
app.add_typer(runs.app, name="runs")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"convlet {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
    quiet: Quiet = False,
    debug: Debug = False,
) -> None:
    pass


def run(unsaid: type[ConvletError] | tuple[()]) -> None:
    """See `cli.main`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal without box characters shows "?" instead of failing
            stream.reconfigure(errors="replace")
    show_own_warnings()
    end_by_signals()
    begin_anew()
    try:
        status = app(prog_name="convlet", standalone_mode=False)
    except unsaid as error:
        status = error.exit_status
    except Exception as error:  # noqa: BLE001  the last place: every error is told in a line
        known = _of_an_extra(error) or error
        status = tell(known)
        if isinstance(known, MissingExtraError):
            offer(known)
    if status == INTERRUPTED and not unsaid and not MANNER.last.startswith("interrupted"):
        say("interrupted.")
    sys.exit(status if isinstance(status, int) else 0)


def _of_an_extra(error: Exception) -> MissingExtraError | None:
    """Return the error of a missing extra, if that is why a module cannot be imported."""
    root = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    return missing("train", f"this needs {root} ({error})") if root in (*TRAIN, "tensorflow") else None
