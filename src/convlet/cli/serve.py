"""`convlet serve`."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from convlet.cli.console import MANNER, note, result_json, say
from convlet.cli.flags import Json, OptionalModel
from convlet.system.box import DIGITS


def serve(
    context: typer.Context,
    model: OptionalModel = None,
    host: Annotated[
        str, typer.Option(help="The address to listen on. Any but this machine's needs --token or --insecure.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 picks a free one.")] = 8000,
    token: Annotated[
        str | None,
        typer.Option(
            envvar="CONVLET_TOKEN", help="What requests must send: Authorization: Bearer TEXT.", metavar="TEXT"
        ),
    ] = None,
    insecure: Annotated[bool, typer.Option("--insecure", help="Answer anyone who reaches the address.")] = False,
    name: Annotated[
        str | None, typer.Option(help="The model's name under /v2/models. The default is DATASET-RECIPE.")
    ] = None,
    deadline: Annotated[
        float, typer.Option(metavar="SECONDS", help="Refuse a request that cannot be answered within this time.")
    ] = 10.0,
    queue: Annotated[
        int, typer.Option(metavar="N", help="Small images that may wait; further requests are refused with 429.")
    ] = 64,
    threads: Annotated[
        int,
        typer.Option(
            metavar="N",
            help="Threads for small images; more than one helps only large nets. Pictures and pages get one each.",
        ),
    ] = 1,
    teach: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Let people put answers right on the page, keep their pictures in FOLDER, and train with them.",
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Serve a model over HTTP, with a page to try it. Ctrl-C or SIGTERM ends it after every request is answered."""
    from convlet.serving import Settings
    from convlet.serving import serve as serve_until_told
    from convlet.system.places import resolve

    settings = Settings(
        host=host,
        port=port,
        token=token,
        insecure=insecure,
        name=name,
        deadline=deadline,
        queue=queue,
        threads=threads,
        teach=teach,
    )
    path = resolve(model or DIGITS)
    given = context.get_parameter_source("token")
    told = sys.stderr.isatty() or (given is not None and given.name == "COMMANDLINE")

    def on_ready(url: str) -> None:
        MANNER.doing = ""
        if json:
            result_json({"model": str(model or DIGITS), "url": url})
        say(f"{path.name} answers at {url}  (Ctrl-C ends it)")
        if token is not None:
            say(_page(url, token if told else None))
        if model is None:
            note(f"{DIGITS} is the model that comes with convlet. For one of yours: convlet serve RUN, or latest")

    with open(2, "wb", buffering=0, closefd=False) as stderr:
        serve_until_told(path, settings, stderr, on_ready)


def _page(url: str, token: str | None) -> str:
    """Return a line with the page's address, from whose end it takes the token; None: a token that is not to be told.

    One of the environment is kept out of log files. A terminal is told it, as is who wrote it on the command line.
    """
    if token is None:
        return f"its page takes the token from its address: {url}/#token=...  (the value of CONVLET_TOKEN)"
    return f"its page, with the token: {url}/#token={quote(token, safe='')}"
