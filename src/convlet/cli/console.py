"""How things look on the terminal: results on stdout, notes and progress on stderr."""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import typer

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

    from convlet.run import Epoch


def note(text: str) -> None:
    """A line for the person, on stderr."""
    typer.echo(text, err=True)


def fail(text: str) -> None:
    """What went wrong, on stderr."""
    typer.secho("error: ", err=True, fg=typer.colors.RED, bold=True, nl=False)
    typer.echo(text, err=True)


def result(text: str) -> None:
    """A line of the result, on stdout."""
    typer.echo(text)


def result_json(value: Any) -> None:
    """The result as one JSON document, on stdout."""
    typer.echo(json.dumps(value))


def show(*renderables: "RenderableType") -> None:
    """Headings (text) and tables on stdout, as wide as they need: a terminal wraps what is wider than it, nothing is cut off."""
    from rich.console import Console
    from rich.measure import measure_renderables

    console = Console(highlight=False)
    unbounded = console.options.update(width=10_000)
    console.width = max(console.width, measure_renderables(console, unbounded, renderables).maximum)
    for renderable in renderables:
        if isinstance(renderable, str):
            console.print(renderable, style="bold", markup=False, soft_wrap=True)
        else:
            console.print(renderable)


def plain(text: str) -> str:
    """Text that is shown as it is, whatever brackets are in it."""
    from rich.markup import escape

    return escape(text)


def table(*columns: str, right: bool = True) -> Any:
    """An empty rich table; all columns but the first are aligned to the right unless `right` is False."""
    from rich import box
    from rich.table import Table

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index and right else "left", no_wrap=True)
    return made


class Bars:
    """Progress on stderr: a bar per epoch or download on a terminal, one plain line for each elsewhere."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty()
        self.progress: Progress | None = None
        self.tasks: dict[str, Any] = {}
        self.epochs = 0
        self.last_line = 0.0
        self.last_read = time.monotonic()
        self.first: tuple[float, int] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.progress:
            self.progress.stop()

    def note(self, text: str) -> None:
        """A line above the bars."""
        if self.progress:
            self.progress.console.print(text, markup=False, highlight=False)
        else:
            note(text)

    def step(self, epoch: int, done: int, total: int, logs: Mapping[str, float]) -> None:
        """`Watch.on_step`."""
        if self.live:
            self._advance(
                f"epoch {epoch}/{self.epochs}", done, total, f"loss {logs['loss']:.4f}  accuracy {logs['accuracy']:.2%}"
            )

    def epoch(self, epoch: "Epoch") -> None:
        """`Watch.on_epoch`."""
        self._finish(f"epoch {epoch.epoch}/{self.epochs}")
        self.note(str(epoch))

    @property
    def loading(self) -> dict[str, Callable[[str, int, int], None]]:
        """What `convlet.load` tells of its progress, by the names of its arguments."""
        return {"progress": self.download, "reading": self.read}

    def read(self, name: str, done: int, total: int) -> None:
        """`load`'s reading: nothing on a plain terminal that ends within ten seconds."""
        name = f"reading {Path(name).name}"
        if self.live:
            self._advance(name, done, total, "")
            if done >= total:
                self._finish(name)
        elif time.monotonic() - self.last_read > 10:
            self.last_read = time.monotonic()
            note(f"{name}: {done:,} of {total:,}")

    def download(self, name: str, done: int, total: int) -> None:
        """`load`'s progress."""
        if self.live:
            self._advance(f"downloading {name}", done, total, f"{done / 1e6:.1f} MB")
            if done >= total:
                self._finish(f"downloading {name}")
        elif done >= total:
            note(f"downloaded {name}, {total / 1e6:.1f} MB")
        elif time.monotonic() - self.last_line > 10:
            self.last_line = time.monotonic()
            note(f"downloading {name}: {done / 1e6:.1f} of {total / 1e6:.1f} MB")

    def part(self, name: str, part: float, text: str) -> None:
        """How far something is, from 0 to 1."""
        if self.live:
            self._advance(name, round(100 * part), 100, text)

    def part_over(self, name: str) -> None:
        """It has ended."""
        self._finish(name)

    def answered(self, done: int, total: int) -> None:
        """`convlet.prediction.bulk.Progress.on_rows`."""
        now = time.monotonic()
        if self.first is None:
            self.first, self.last_line = (now, done), now
        since, before = self.first
        rate = (done - before) / (now - since) if now - since > 0.2 else 0.0
        if self.live:
            self._advance("predicting", done, total, f"{rate:,.0f} images/s" if rate else "")
        elif rate and done < total and now - self.last_line > 10:
            self.last_line = now
            note(f"{done:,} of {total:,} images, {rate:,.0f} images/s, {(total - done) / rate / 60:.1f} minutes left")

    def _advance(self, name: str, done: int, total: int, text: str) -> None:
        if self.progress is None:
            from rich.console import Console
            from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

            self.progress = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.completed:>4.0f}/{task.total:.0f}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[text]}"),
                console=Console(stderr=True),
                transient=True,
            )
            self.progress.start()
        if name not in self.tasks:
            self.tasks[name] = self.progress.add_task(name, total=total, completed=done, text="")
        self.progress.update(self.tasks[name], completed=done, total=total, text=text)

    def _finish(self, name: str) -> None:
        if self.progress and name in self.tasks:
            self.progress.remove_task(self.tasks.pop(name))
