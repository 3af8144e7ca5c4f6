"""`convlet label`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli import complete
from convlet.cli.console import MANNER, Bars, result_json, say
from convlet.cli.flags import Json
from convlet.errors import UsageError


def label(
    folder: Annotated[Path, typer.Argument(help="A folder of images, in class folders or without labels.")],
    model: Annotated[
        str | None,
        typer.Option(
            help="A run folder, an .onnx or .keras file, or `latest`, which proposes labels.",
            autocompletion=complete.models,
        ),
    ] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="PATH", help="An image to show, relative to the folder; may be given several times."),
    ] = None,
    who: Annotated[
        str | None, typer.Option(metavar="NAME", help="Who decides. The default is the user's name.")
    ] = None,
    port: Annotated[int, typer.Option(help="The port on this machine; 0 picks a free one.")] = 0,
    open_: Annotated[bool, typer.Option("--open/--no-open", help="Open the page in a browser.")] = True,
    json: Json = False,
) -> None:
    """Put labels right on a local page, doubtful ones first. Decisions go into FOLDER/labels.csv; no file is moved."""
    from convlet.data.names import is_readable
    from convlet.serving.labeling import serve_labels
    from convlet.system.files import user_path
    from convlet.system.places import resolve

    name = (who if who is not None else _user()).strip()
    if not is_readable(name) or len(name) > 200:
        raise UsageError(f"--who {name[:40]!r} is no name. Expected up to 200 printable characters.")

    def ready(url: str) -> None:
        MANNER.doing = ""
        if json:
            result_json({"folder": str(folder), "url": url})
        say(f"the labels of {folder.name or folder} are at {url}  (Ctrl-C ends it)")
        if open_:
            import webbrowser

            webbrowser.open(url)

    with Bars() as bars:
        serve_labels(
            user_path(folder),
            resolve(model) if model else None,
            name,
            ready,
            port=port,
            only=only or (),
            watch=bars.watch,
        )


def _user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a user without a name, as in containers
        return "somebody"
