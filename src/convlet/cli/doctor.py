"""`convlet doctor`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import typer

from convlet import __version__
from convlet.cli.console import Bars, note, plain, result_json, show_within
from convlet.cli.flags import DataDir, Json
from convlet.errors import CheckError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from convlet.checks.machine import Item

_STYLES = {"ok": "green", "off": "dim", "hint": "yellow", "wrong": "bold red"}


def doctor(data_dir: DataDir = None, json: Json = False) -> None:
    """Examine this machine: Python, engine, processor, GPU, memory, disk, data; then read and train something.

    Each problem is shown with its cure. Status 4 if something is wrong.
    """
    from convlet.checks.machine import examine, holds

    with Bars() as bars:
        found = list(examine(__version__, data_dir, bars.watch))
    whole = holds(found)
    if json:
        result_json({"healthy": whole, "items": [asdict(one) for one in found]})
    else:
        show_within(_table(found))
        wrong, hints = ([one.name for one in found if one.state == state] for state in ("wrong", "hint"))
        told = f"{len(wrong)} wrong ({', '.join(wrong)})" if wrong else "nothing wrong"
        note(f"{told}, {len(hints) or 'no'} {'hint' if len(hints) == 1 else 'hints'}.")
    if not whole:
        raise typer.Exit(CheckError.exit_status)


def _table(found: "Sequence[Item]") -> Any:
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    made.add_column("what", no_wrap=True)
    made.add_column("", no_wrap=True)
    made.add_column("found", overflow="fold")
    before = ""
    for one in found:
        if one.group != before:
            made.add_row(f"[bold]{plain(one.group)}[/]")
            before = one.group
        state = f"[{_STYLES[one.state]}]{one.state}[/]"
        cure = f"\n[{_STYLES[one.state]}]do:[/] {plain(one.cure)}" if one.cure else ""
        made.add_row(f"  {plain(one.name)}", state, f"{plain(one.found)}{cure}")
    return made
