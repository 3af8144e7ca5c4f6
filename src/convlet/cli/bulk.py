"""`convlet predict ... --out TABLE`: classify many images into a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer

from convlet.cli.console import Bars, fail, note, result, result_json
from convlet.errors import DataError


def predict_into(
    model: Path,
    inputs: Sequence[Path],
    out: Path,
    *,
    listed: Path | None,
    json: bool,
    **options: Any,
) -> None:
    """Classify images into a table, and report; `options`: see `predict_files`.

    Raises:
        typer.Exit: with status 3 if an image could not be read.
    """
    from convlet.prediction.bulk import predict_files

    with Bars() as bars:
        done = predict_files(model, inputs, out, listed=_lines(listed) if listed else (), watch=bars.watch, **options)
    counts = done.counts
    for error in counts.errors:
        fail(error)
    if counts.unreadable > len(counts.errors):
        note(f"and {counts.unreadable - len(counts.errors):,} more that cannot be read: see the column `error`")
    if done.ignored:
        note(f"skipped, without an image's suffix: {done.ignored:,}")
    what, unknown = ("images", "unknown") if options["pages"] is None else ("pages", "with unknown characters")
    named = what if counts.images != 1 else what[:-1]
    if json:
        facts = {
            "path": str(done.path),
            what: counts.images,
            "unreadable": counts.unreadable,
            "unknown": counts.unknown,
            "empty": counts.empty,
            "answered_before": done.before,
            "seconds": round(done.seconds, 3),
            f"{what}_per_second": round(done.images_per_second, 1),
        }
        result_json(facts if options["pages"] else facts | {"classes": counts.classes})
    else:
        before = f"; {done.before:,} of them before" if done.before else ""
        rate = f"{done.images_per_second:,.{0 if done.images_per_second > 10 else 1}f}"
        note(
            f"{counts.images:,} {named} in {done.seconds:.1f} s ({rate} a second{before}), "
            f"{counts.unknown:,} of them {unknown}"
        )
        result(str(done.path))
    if counts.unreadable:
        raise typer.Exit(DataError.exit_status)


def _lines(path: Path) -> Iterator[str]:
    """Yield the nonempty lines of a file, or of stdin for `-`."""
    stdin = str(path) == "-"
    try:
        with open(0 if stdin else path, encoding="utf-8", errors="surrogateescape", closefd=not stdin) as file:
            yield from (line for line in map(str.rstrip, file) if line)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
