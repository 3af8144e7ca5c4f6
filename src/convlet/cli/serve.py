"""`convlet serve`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli.console import MANNER, note, result_json, say
from convlet.cli.flags import Json, OptionalModel
from convlet.system.box import DIGITS


def serve(
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

    def on_ready(url: str) -> None:
        MANNER.doing = ""
        if json:
            result_json({"model": str(model or DIGITS), "url": url})
        say(f"{path.name} answers at {url}  (Ctrl-C ends it)")
        if model is None:
            note(f"{DIGITS} is the model that comes with convlet. For one of yours: convlet serve RUN, or latest")

    with open(2, "wb", buffering=0, closefd=False) as stderr:
        serve_until_told(path, settings, stderr, on_ready)
