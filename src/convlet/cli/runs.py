"""`convlet runs`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli import complete
from convlet.cli.console import fail, note, result, result_json
from convlet.cli.flags import Json, Verb, told_of_box
from convlet.cli.language import Group
from convlet.cli.run_changes import open_run, remove_runs, rename_run
from convlet.cli.run_lists import list_runs, show_run
from convlet.errors import ModelError, whole
from convlet.system.text import shown

_DAY = 86_400.0  # seconds
app = typer.Typer(cls=Group, help="Look after run folders and exported models.", no_args_is_help=True)
for name, verb in (
    ("list", list_runs),
    ("show", show_run),
    ("open", open_run),
    ("rename", rename_run),
    ("remove", remove_runs),
):
    app.command(name, cls=Verb)(verb)


@app.command(cls=Verb)
def check(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Run folders, exported files or folders, `latest`, or `digits`.",
            callback=told_of_box,
            autocompletion=complete.models,
        ),
    ],
    json: Json = False,
) -> None:
    """Check files against the SHA-256 that was recorded for each. Status 3 if one is damaged."""
    from convlet.run.whole import Checked, check_files
    from convlet.system.places import resolve

    checked: list[Checked] = []
    refused = 0
    for path in paths:
        try:
            checked += check_files(resolve(path))
        except ModelError as error:
            fail(whole(error))
            refused += 1
    if json:
        result_json([{"file": str(one.file), "problem": one.problem or None} for one in checked])
    for one in [] if json else checked:
        result(f"{shown(str(one.file))}: {'damaged' if one.problem else 'as it was written'}")
    wrong = [one.problem for one in checked if one.problem]
    for problem in wrong:
        fail(problem)
    if refused or wrong:
        raise typer.Exit(ModelError.exit_status)


@app.command(cls=Verb)
def clean(
    folder: Annotated[Path | None, typer.Argument(help="A folder of run folders.", show_default="runs")] = None,
    json: Json = False,
) -> None:
    """Remove what killed processes left unfinished: temporary files and folders, never a run.

    What another machine began is removed once it is a day old.
    """
    from convlet.system.files import sweep
    from convlet.system.places import runs_in

    place = runs_in(folder)
    places = (place, *filter(Path.is_dir, place.iterdir())) if place.is_dir() else ()
    removed = [path for each in places for path in sweep(each, _DAY)]
    if json:
        result_json([str(path) for path in removed])
        return
    for path in removed:
        result(shown(str(path)))
    note(f"{len(removed)} unfinished files and folders removed")
