"""`convlet export`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli import complete
from convlet.cli.console import Bars, note, result, result_json
from convlet.cli.flags import DataDir, Json, told_of_box
from convlet.exports import FORMATS
from convlet.system.extras import require_train

_NAMES = ", ".join(FORMATS)
_TAKERS = ", ".join(name for name, one in FORMATS.items() if one.runtime)


def export(
    run: Annotated[
        str,
        typer.Argument(
            help="A run folder, `latest`, or `digits`, which comes with convlet.",
            callback=told_of_box,
            autocompletion=complete.models,
        ),
    ],
    format_: Annotated[
        str, typer.Option("--format", help=f"One of {_NAMES}.", autocompletion=complete.formats)
    ] = "onnx",
    out: Annotated[
        Path | None,
        typer.Option(help="The file to write, or a folder. The default is in the run folder; of `digits` it is here."),
    ] = None,
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help=f"For {_TAKERS}: a folder with the npm package onnxruntime-web. By default npm fetches it.",
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Write a model for other programs, or as a serverless web page; keep it only if it answers like the original."""
    from convlet.exports import export as write
    from convlet.run import Run

    require_train("exporting")
    opened = Run(run)
    with Bars() as bars:
        dataset = opened.dataset(data_dir, watch=bars.watch) if data_dir else None
        found = write(opened, format_, out, dataset=dataset, runtime=runtime, watch=bars.watch)
    agreed = found.agreement
    if json:
        result_json(
            {
                "path": str(found.path),
                "bytes": found.bytes,
                **vars(agreed),
                "accuracy": found.accuracy,
                "accuracy_lost": found.accuracy_lost,
                "card": str(found.card),
            }
        )
        return
    note(
        f"the same class as the Keras model on {agreed.agreement:.2%} of {agreed.checked_images:,} images, "
        f"probabilities differ by {agreed.max_abs_difference:.1e} at most; {found.bytes:,} bytes, "
        f"accuracy {found.accuracy:.2%}. Model card: {found.card}"
    )
    result(str(found.path))
