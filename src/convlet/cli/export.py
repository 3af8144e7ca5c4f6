"""`convlet export`."""

from pathlib import Path
from typing import Annotated

import typer

from convlet.cli.console import note, result, result_json
from convlet.cli.flags import DataDir, Json


def export(
    run: Annotated[str, typer.Argument(help="A run folder, or `latest`.")],
    format_: Annotated[str, typer.Option("--format", help="onnx, onnx-int8, litert, saved-model or web.")] = "onnx",
    out: Annotated[
        Path | None, typer.Option(help="The file to write, or a folder. The default is in the run folder.")
    ] = None,
    runtime: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="For web: the files of the npm package onnxruntime-web. Without it they are fetched with npm.",
        ),
    ] = None,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Write a model for other programs, or as a web page without a server; keep it if it answers like the original."""
    from convlet.exports.shipping import export as ship
    from convlet.run import Run

    opened = Run(run)
    found = ship(
        opened, format_, out, dataset=opened.dataset(data_dir) if data_dir else None, runtime=runtime, on_note=note
    )
    agreed = found.agreement
    if json:
        result_json(
            {
                "path": str(found.path),
                "bytes": found.bytes,
                "checked_images": agreed.checked_images,
                "agreement": agreed.agreement,
                "max_abs_difference": agreed.max_abs_difference,
                "accuracy": found.accuracy,
                "accuracy_lost": found.accuracy_lost,
                "card": str(found.card),
            }
        )
        return
    note(
        f"the same class as the Keras model on {agreed.agreement:.2%} of {agreed.checked_images:,} images, probabilities differ by "
        f"{agreed.max_abs_difference:.1e} at most; {found.bytes:,} bytes, accuracy {found.accuracy:.2%}. About it: {found.card}"
    )
    result(str(found.path))
