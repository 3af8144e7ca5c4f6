"""The flags that every verb has: `--quiet` and `--debug`. They may stand before the verb, too."""

import dataclasses
from typing import Annotated, Any

import typer

from convlet.cli.console import MANNER

_PANEL = "Every command"


def _hush(wanted: bool) -> None:
    MANNER.quiet |= wanted


def _tell_all(wanted: bool) -> None:
    MANNER.debug |= wanted


Quiet = Annotated[
    bool,
    typer.Option(
        "--quiet",
        "-q",
        help="No progress, notes or hints: results and errors alone.",
        callback=_hush,
        expose_value=False,
        is_eager=True,
        rich_help_panel=_PANEL,
    ),
]
Debug = Annotated[
    bool,
    typer.Option(
        "--debug",
        help="Show where in the code an error arose.",
        callback=_tell_all,
        expose_value=False,
        is_eager=True,
        rich_help_panel=_PANEL,
    ),
]


def _flags(quiet: Quiet = False, debug: Debug = False) -> None:
    pass


def everywhere() -> list[Any]:
    """Return the flags anew: a help puts its language into them."""
    app = typer.Typer(add_completion=False)
    app.command()(_flags)
    return [each for each in typer.main.get_command(app).params if each.name != "help"]


def begin_anew() -> None:
    """Forget what an earlier command of this process was told and said."""
    for field in dataclasses.fields(MANNER):
        setattr(MANNER, field.name, field.default)
