"""`convlet runs list` and `convlet runs show`."""

import datetime as dt
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from convlet.cli import complete
from convlet.cli.console import fail, hint, note, plain, result, result_json, show, table
from convlet.cli.flags import Json, told_of_box
from convlet.system.box import DIGITS

if TYPE_CHECKING:
    from convlet.run.listing import Listed

RunName = Annotated[
    str,
    typer.Argument(
        metavar="RUN",
        help="A run folder, its name in `runs`, `latest`, or `digits`.",
        callback=told_of_box,
        autocompletion=complete.models,
    ),
]
_BLOCKS = "▁▂▃▄▅▆▇█"
_WIDTH = 60  # characters of a curve


def list_runs(
    folder: Annotated[Path | None, typer.Argument(help="A folder of run folders.", show_default="runs")] = None,
    json: Json = False,
) -> None:
    """List the runs of a folder, newest first."""
    from convlet.run.listing import DAMAGED, Listing
    from convlet.system.places import FOLDER, runs_in

    place = runs_in(folder)
    found = Listing(place).runs()
    if json:
        result_json([one.to_dict() for one in found])
        return
    if not found:
        note(f"there is no run in {place.absolute()} yet.")
        hint("convlet train, or convlet train digits --recipe small-data for one in seconds")
        return
    rows = table("run", "data", "recipe", "val accuracy", "epochs", "status", "trained", "size", right=False)
    for column in (3, 4, 7):
        rows.columns[column].justify = "right"
    for one in found:
        rows.add_row(
            plain(one.name),
            plain(one.data),
            plain(one.recipe),
            accuracy(one),
            str(one.epochs or ""),
            "stopping" if one.stopping else one.status,
            when(one.created),
            size(one.bytes),
        )
    show(rows)
    if any(one.validated_on == "test" for one in found):
        note("* accuracy on the test images, on which the tutorial validates")
    for one in found:
        if one.status == DAMAGED:
            fail(one.problem)
    first = found[0].name if place == FOLDER else str(found[0].path)
    where = "" if place == FOLDER else f" --runs {shlex.quote(str(place))}"
    hint(f"convlet runs show {shlex.quote(first)}    or all of them on a page: convlet view{where}")


def show_run(run: RunName, json: Json = False) -> None:
    """Show a run: what it was made of, how it went, and its files."""
    from convlet.run.listing import named
    from convlet.run.told import told

    path = named(run)
    facts = told(path)
    if json:
        result_json(facts)
        return
    about, figures, images = table("run", plain(facts["name"]), right=False), facts["figures"], facts["images"]
    split = " and ".join(f"{count:,} {name}" for name, count in images.items() if count)
    of = f" of {facts['of_epochs']}" if facts["of_epochs"] and facts["of_epochs"] != facts["epochs"] else ""
    seconds = figures["train_seconds"] or sum(epoch["seconds"] for epoch in facts["history"])
    kept = figures["kept_epochs"]
    rows = {
        "status": "stopping" if facts["stopping"] else facts["status"],
        "data": f"{facts['data'] or '?'}, {len(facts['classes'])} classes" + (f"; images: {split}" if split else ""),
        "recipe": facts["recipe"],
        "accuracy": _percent(facts["accuracy"]) + (f" on {facts['validated_on']}" if facts["validated_on"] else ""),
        "parameters": f"{figures['params']:,}" if figures["params"] else "",
        "epochs": f"{facts['epochs']}{of}" + (f", kept: {', '.join(map(str, kept))}" if kept else ""),
        "training": f"{seconds:,.1f} s, {facts['engine'] or '?'}" if seconds else "",
        "began": when(facts["created"] or ""),
        "ended": when(facts["ended"] or ""),
        "goes on from": facts["start"] or "",
        "folder": facts["path"],
        "size": size(facts["bytes"]),
    }
    for name, text in rows.items():
        if text:
            about.add_row(name, plain(text))
    show(about)
    for what, among in (("accuracy", ("accuracy", "val_accuracy")), ("loss", ("loss", "val_loss"))):
        for name in among:
            if len(values := [epoch[name] for epoch in facts["history"] if epoch[name] is not None]) > 1:
                shape = "{:.2%}" if what == "accuracy" else "{:.4f}"
                ends = f"{shape.format(values[0])} to {shape.format(values[-1])}"
                result(f"{name:<12}  {sparkline(values)}  {ends}")
    files = table("file", "size")
    for file in facts["files"]:
        files.add_row(plain(file["name"]), size(file["bytes"]))
    show(files)
    if verdict := figures["verdict"]:
        note(str(verdict.get("text", verdict)) if isinstance(verdict, dict) else str(verdict))
    for problem in facts["problems"]:
        fail(problem)
    hint(after_showing(shlex.quote(run), facts["status"], report=facts["report"]))


def after_showing(run: str, status: str, *, report: bool) -> str:
    """Return the command that comes after a look at a run: what can be done with it as it is.

    Args:
        run: as it was given, quoted for a shell.
        status: its own, see `Listed`.
        report: whether it has one.
    """
    if report:
        return f"convlet runs open {run}, which opens its report"
    return {
        "running": "convlet view, which shows its curves as they grow",
        "done": f"convlet evaluate {run}" + (", which writes its report" if run != DIGITS else ""),
        "damaged": f"convlet runs check {run}",
    }.get(status, f"convlet train --resume {run}")


def sparkline(values: Sequence[float]) -> str:
    """Return values as a line of blocks; of many, means of as many as there is room for."""
    from math import isfinite

    each = max(1, -(-len(values) // _WIDTH))
    parts = [values[at : at + each] for at in range(0, len(values), each)]
    means = [sum(part) / len(part) for part in parts]
    finite = [value for value in means if isfinite(value)] or [0.0]
    low, high = min(finite), max(finite)
    scale = (len(_BLOCKS) - 1) / (high - low) if high > low else 0.0
    return "".join(_BLOCKS[round((value - low) * scale)] if isfinite(value) else " " for value in means)


def accuracy(one: "Listed") -> str:
    """Return a run's accuracy in words; a star for that of the test images."""
    return _percent(one.accuracy) + ("*" if one.validated_on == "test" else "")


def when(time: str) -> str:
    """Return a recorded time as this machine's clock shows it; what is no time as it is."""
    try:
        return dt.datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return time


def size(count: int) -> str:
    """Return a number of bytes in words."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"
