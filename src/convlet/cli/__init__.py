"""The command line: the verbs. Results go to stdout, progress and notes to stderr; only this package prints."""

import io
import os
import signal
import sys
from typing import Annotated

import typer

from convlet import __version__
from convlet.cli import compare, data, evaluate, explain, export, predict, serve, train, tune
from convlet.cli.console import fail
from convlet.cli.flags import Verb
from convlet.errors import ConvletError, InputError

_INTERRUPTED = 130  # what a shell calls 128 + SIGINT

app = typer.Typer(
    help="Train, test, explain and ship small-image classifiers.",
    epilog="Start with: convlet train digits --recipe small-data (seconds), or convlet train (MNIST, the tutorial, minutes).",
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
):
    app.command(cls=Verb)(verb)
app.add_typer(data.app, name="data")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"convlet {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main(unsaid: type[ConvletError] | tuple[()] = ()) -> None:
    """The `convlet` command. Exit status: see `convlet.errors`; 130 when interrupted.

    Args:
        unsaid: an error that another process will tell of.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(
            stream, io.TextIOWrapper
        ):  # a terminal that knows no box characters shows "?" rather than failing
            stream.reconfigure(errors="replace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever ends it, nothing half-written stays behind
    try:
        app()
    except SystemExit as ended:
        if ended.code == _INTERRUPTED:
            _leave_at_once(_INTERRUPTED)
        raise
    except ConvletError as error:
        if not isinstance(error, unsaid):
            fail(str(error))
        sys.exit(error.exit_status)
    except OSError as error:  # a place that may not be read, a name the system refuses
        if isinstance(error, BrokenPipeError):
            raise
        fail(f"{error.filename or 'the system'}: {error.strerror or error}.")
        sys.exit(InputError.exit_status)


def _leave_at_once(status: int) -> None:
    """Leave without tearing the interpreter down: an engine's threads may be at work still, and would crash in it.

    Everything of ours has been put away by then, for it is held in `with`.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status)
