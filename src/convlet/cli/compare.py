"""`convlet compare`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convlet.cli.console import Bars, note, plain, result, result_json, show, table
from convlet.cli.train import DataDir, Json
from convlet.errors import UsageError

if TYPE_CHECKING:
    from convlet.comparison import Comparison


def compare(
    runs: Annotated[list[str], typer.Argument(help="Run folders of the same data, two or more.")],
    split: Annotated[str, typer.Option(help="test, train or validation.")] = "test",
    out: Annotated[Path, typer.Option(help="The picture to write.")] = Path("comparison.png"),
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Put runs side by side on the same images: accuracy, whether the difference is real (McNemar's test), speed, size."""
    if split not in ("test", "train", "validation"):
        raise UsageError(f"--split is test, train or validation, not {split!r}.")

    from convlet import plots
    from convlet.comparison import compare as compared
    from convlet.files import user_path
    from convlet.run import Run

    opened = [Run(run) for run in runs]
    with Bars() as bars:
        found = compared(opened, opened[0].dataset(data_dir, **bars.loading), split, on_run=lambda name: note(f"judging {name} ..."))
    if json:
        result_json(found.to_dict())
    else:
        _print(found)
    path = user_path(out)
    plots.save(plots.comparison([(row.run, row.accuracy, row.accuracy_interval_95, row.params) for row in found.runs]), path)
    note(f"the picture: {path}")


def _print(found: "Comparison") -> None:
    from convlet.comparison import REAL

    rows = table("run", "accuracy", "95 % interval", "against the best", "p", "parameters", "training", "images/s", "bytes")
    for row in found.runs:
        low, high = row.accuracy_interval_95
        test = row.against_best
        rows.add_row(
            plain(row.run),
            f"{row.accuracy:.2%}",
            f"{low:.2%} to {high:.2%}",
            "the best" if test is None else f"+{test.only_first} -{test.only_second}",
            "" if row.p is None else f"{row.p:.3f}" if row.p >= 0.001 else "<0.001",
            f"{row.params:,}",
            f"{row.train_seconds:,.1f} s",
            f"{row.images_per_second:,.0f}",
            f"{row.bytes:,}",
        )
    show(f"{found.dataset}, {found.split}: {found.n:,} images", rows)
    alike = [row.run for row in found.runs if row.p is not None and row.p >= REAL]
    result(
        f"{found.runs[0].run} is really better than "
        + (f"all but {', '.join(alike)}, which these images cannot tell from it." if alike else "all others.")
        if len(alike) < len(found.runs) - 1
        else "These images cannot tell any of them from the best."
    )
