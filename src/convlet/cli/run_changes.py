"""`convlet runs open`, `remove` and `rename`."""

import os
import shlex
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from convlet.cli import complete
from convlet.cli.console import hint, note, result, result_json
from convlet.cli.flags import Json
from convlet.cli.run_lists import RunName, after_showing, size, when
from convlet.errors import UsageError
from convlet.system.text import shown

_YES = typer.Option("--yes", "-y", help="Do not ask.")


def open_run(run: RunName, json: Json = False) -> None:
    """Open a run's report in the browser, or its folder where it has none. Prints the path."""
    from convlet.run.listing import REPORT, listed, named

    given = named(run)
    folder = given.absolute()
    report = folder / REPORT
    path = report if report.is_file() else folder
    opened = _opened(path)
    if json:
        result_json({"path": str(path), "opened": opened})
        return
    result(shown(str(path)))
    if not opened:
        note("nothing here opens it: there is no screen, or no program for it. Open the path above yourself.")
    if path == folder:
        note("It has no report yet.")
        hint(after_showing(shlex.quote(run), listed(given).status, report=False))


def remove_runs(
    runs: Annotated[
        list[str],
        typer.Argument(
            metavar="RUN...",
            help="Run folders, or their names in `runs`; also `latest`.",
            autocompletion=complete.own,
        ),
    ],
    yes: Annotated[bool, _YES] = False,
    json: Json = False,
) -> None:
    """Remove runs for good, after asking. A run that is being trained stays, and so does what is no run."""
    from convlet.run.changing import changeable, children, remove
    from convlet.run.listing import listed, named
    from convlet.run.told import files_of

    paths = list(dict.fromkeys(named(run) for run in runs))
    for each in paths:
        run, line, files = changeable(each), listed(each), files_of(each)
        accuracy = "" if line.accuracy is None else f", {line.accuracy:.2%}"
        began = when(line.created) or "?"
        note(f"{each}: {line.status}{accuracy}, began {began}; {len(files)} files, {size(line.bytes)}")
        for child in children(run):
            if child.path.absolute() not in [one.absolute() for one in paths]:
                note(
                    f"  {child.path} goes on from it: "
                    + ("it needs it to be resumed." if child.status != "done" else "it is done, and stays as it is.")
                )
    _require_yes(yes, "Remove it for good?" if len(paths) == 1 else f"Remove these {len(paths)} runs for good?")
    for each in paths:
        remove(each)
        if not json:
            result(shown(str(each)))
    if json:
        result_json([str(each) for each in paths])


def rename_run(
    run: RunName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="The new name, without a folder.")],
    json: Json = False,
) -> None:
    """Give a run another name in its folder. Runs that go on from it, and links beside it, follow. Prints the path."""
    from convlet.run.changing import rename
    from convlet.run.listing import named

    path = rename(named(run), name)
    if json:
        result_json({"run": str(path)})
    else:
        result(shown(str(path)))


def _require_yes(yes: bool, question: str) -> None:
    """Ask on stderr; raise UsageError where nobody can answer, and end with status 1 if the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError("nobody is here to be asked, as stdin is no terminal. Add --yes to remove without asking.")
    if not typer.confirm(question, err=True):
        note("nothing was removed.")
        raise typer.Exit(1)


def _opened(path: Path) -> bool:
    """Open a file or folder with the system's own program, and return whether there is one."""
    import shutil
    import subprocess

    if os.name == "nt":
        starting: Any = os.startfile  # type: ignore[attr-defined]
        starting(path)
        return True
    screen = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    program = shutil.which("open" if sys.platform == "darwin" else "xdg-open")
    if not screen or not program:
        return False
    quiet = subprocess.DEVNULL
    done = subprocess.run([program, str(path)], stdin=quiet, stdout=quiet, stderr=quiet, check=False)  # noqa: S603
    return done.returncode == 0
