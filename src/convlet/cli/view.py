"""`convlet view`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli.console import MANNER, result_json, say
from convlet.cli.flags import Json


def view(
    runs: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A folder of run folders.", show_default="runs")
    ] = None,
    port: Annotated[int, typer.Option(help="The port on this machine; 0 picks a free one.")] = 0,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CONVLET_TOKEN", metavar="TEXT", help="The secret in the page's address. The default is a new one."
        ),
    ] = None,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    json: Json = False,
) -> None:
    """Show all runs on a local page: curves that move while they train, two compared, reports; stop a training."""
    from convlet.serving.viewing import serve_runs
    from convlet.system.places import runs_in

    folder = runs_in(runs)

    def ready(url: str) -> None:
        MANNER.doing = ""
        say(f"the runs in {folder} are at {url}  (Ctrl-C ends it)")
        if json:
            result_json({"runs": str(folder), "url": url})
        if open_:
            import webbrowser

            webbrowser.open(url)

    serve_runs(folder, ready, port=port, token=token)
