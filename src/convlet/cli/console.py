"""Output on the terminal: results on stdout, notes and progress on stderr."""

import json
import os
import sys
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import typer

from convlet.cli.durations import spoken
from convlet.system.text import shown, shown_lines
from convlet.system.watch import Watch

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.progress import Progress

    from convlet.run import Epoch, Run

_LINE_SECONDS = 10
_TRAINING = "training"
_NEXT = "Next: "
_WORTH_SAYING = 60  # seconds that a training still takes
_BELOW = "\n       "  # the lines of an error stand below its first, so that none looks like a line of its own
_EXACT = ("recipe", "settings")  # of JSON: what a user may type again
_LARGE = 1e5  # from here on six digits are no fractions
_ALL_LINES, _SOME_LINES = 30, 20  # up to 30 epochs are all printed; of more, about 20


@dataclass
class Manner:
    """How this command speaks: what its flags say, and what it has said so far."""

    quiet: bool = False  # no progress, notes or hints
    debug: bool = False  # errors with their traceback
    machine: bool = False  # the result is JSON, for a program: no hints
    hinted: bool = False
    bars: "Bars | None" = None  # those on the terminal now
    doing: str = ""  # what is waited for
    spoke: float = 0.0  # when something was last printed, by `time.monotonic`
    last: str = ""  # the last note


MANNER = Manner()


def note(text: str) -> None:
    """Print a line for the user, on stderr; not with --quiet."""
    MANNER.hinted |= text.startswith(_NEXT)
    if not MANNER.quiet:
        say(text)


def say(text: str) -> None:
    """Print a line on stderr, with --quiet too: what somebody waits for, such as an address, or must not miss."""
    MANNER.spoke, MANNER.last = time.monotonic(), text
    typer.echo(shown_lines(text), err=True)


def hint(text: str) -> None:
    """Name the next command, on stderr: one line at the end; not with --quiet or --json."""
    MANNER.hinted = True
    if not MANNER.machine:
        note(f"{_NEXT}{text}")


def show_own_warnings() -> None:
    """Print warnings of convlet's own kinds as notes, without the line of the code that gave them."""
    usual = warnings.showwarning

    def show_one(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if category.__module__.partition(".")[0] == "convlet":
            note(f"note: {message}")
        else:
            usual(message, category, *where, **more)

    warnings.showwarning = show_one


def fail(text: str) -> None:
    """Print what went wrong, on stderr."""
    MANNER.spoke = time.monotonic()
    if os.environ.get("NO_COLOR"):  # https://no-color.org; rich heeds it by itself
        typer.echo("error: ", err=True, nl=False)
    else:
        typer.secho("error: ", err=True, fg=typer.colors.RED, bold=True, nl=False)
    typer.echo(shown_lines(text).replace("\n", _BELOW), err=True)


def result(text: str) -> None:
    """Print a line of the result, on stdout."""
    MANNER.spoke = time.monotonic()
    typer.echo(shown_lines(text))


def result_json(value: Any) -> None:
    """Print the result as one JSON document, on stdout; numbers as `rounded`."""
    MANNER.spoke = time.monotonic()
    MANNER.machine = True
    typer.echo(json.dumps(rounded(value)))


def rounded(value: Any) -> Any:
    """Return a value for JSON with at least six significant digits of each number.

    What a user may type again stays as it is: recipes and the settings of trials. Exact figures are in the files of a
    run and in Python. The probabilities of ten classes still sum to 1 within 0.00001.
    """
    if isinstance(value, float):
        return float(f"{value:.6g}") if abs(value) < _LARGE else round(value, 1)
    if isinstance(value, Mapping):
        return {key: one if key in _EXACT else rounded(one) for key, one in value.items()}
    return [rounded(one) for one in value] if isinstance(value, list | tuple) else value


def show(*renderables: "RenderableType") -> None:
    """Print headings (text) and tables on stdout at full width: the terminal wraps; nothing is truncated."""
    from rich.console import Console
    from rich.measure import measure_renderables

    console = Console(highlight=False)
    unbounded = console.options.update(width=10_000)
    console.width = max(console.width, measure_renderables(console, unbounded, renderables).maximum)
    for renderable in renderables:
        if isinstance(renderable, str):
            console.print(shown_lines(renderable), style="bold", markup=False, soft_wrap=True)
        else:
            console.print(renderable)


def show_within(renderable: "RenderableType") -> None:
    """Print a table of sentences on stdout: they are wrapped at the terminal's width."""
    from rich.console import Console

    Console(highlight=False).print(renderable)


def plain(text: str) -> str:
    """Escape a text for rich, which treats brackets as markup."""
    from rich.markup import escape

    return escape(shown(text))


def table(*columns: str, right: bool = True) -> Any:
    """Return an empty rich table; if `right`, all columns but the first are right-aligned."""
    from rich import box
    from rich.table import Table

    class Shown(Table):
        def add_row(self, *cells: Any, **options: Any) -> None:
            super().add_row(*(shown(one) if isinstance(one, str) else one for one in cells), **options)

    made = Shown(box=box.SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        made.add_column(column, justify="right" if index and right else "left", no_wrap=True)
    return made


class Bars:
    """Progress on stderr: on a terminal a bar for each slow step, elsewhere a line every ten seconds."""

    def __init__(self) -> None:
        self.live = sys.stderr.isatty() and not MANNER.quiet
        self.epochs = 0  # of the training, summed over the members of an ensemble
        self.printed = 0  # the last epoch
        self.progress: Progress | None = None
        self.tasks: dict[str, Any] = {}
        self.begun: dict[str, tuple[float, int]] = {}
        self.last_line = time.monotonic()

    def __enter__(self) -> Self:
        MANNER.bars = self
        return self

    def __exit__(self, *_: object) -> None:
        MANNER.bars = None
        if self.progress:
            self.progress.stop()

    @property
    def watch(self) -> Watch:
        """Callbacks that show a library call's progress."""
        return Watch(
            on_note=self.note, on_progress=self.show, on_step=self.step, on_epoch=self.epoch, on_start=self.start
        )

    def start(self, run: "Run") -> None:
        """Set the number of epochs, which depends on the data."""
        recipe = run.recipe
        self.epochs = recipe.epochs * recipe.ensemble
        self.printed = -self.epochs  # so that the first one is printed

    def note(self, text: str) -> None:
        """Write a line above the bars; not with --quiet."""
        if self.progress:
            MANNER.spoke, MANNER.last = time.monotonic(), text
            self.progress.console.print(shown_lines(text), markup=False, highlight=False)
        else:
            note(text)

    def step(self, epoch: int, done: int, total: int, logs: Mapping[str, float]) -> None:
        """Show `Watch.on_step`."""
        MANNER.doing = _TRAINING
        if self.live:
            figures = f"loss {logs['loss']:.4f}  accuracy {logs['accuracy']:.2%}"
            if self.epochs > _ALL_LINES:  # many short ones: one bar for all
                self._bar(_TRAINING, (epoch - 1) * total + done, self.epochs * total, f"epoch {epoch}  {figures}")
            else:
                self._bar(self._named(epoch), done, total, figures)

    def epoch(self, epoch: "Epoch") -> None:
        """Show `Watch.on_epoch`: of many epochs, the first, the last, and some validated ones in between."""
        self._end(self._named(epoch.epoch))
        last = epoch.epoch == self.epochs
        if last:
            self._end(_TRAINING)
            MANNER.doing = "saving the model and its plots"
        far = epoch.epoch - self.printed >= self.epochs / _SOME_LINES
        if self.epochs <= _ALL_LINES or last or (far and epoch.val_loss is not None):
            self.printed = epoch.epoch
            self.note(str(epoch))
        left = (self.epochs - epoch.epoch) * (epoch.seconds + (epoch.val_seconds or 0))
        if epoch.epoch == 1 and self.epochs <= _ALL_LINES and left >= _WORTH_SAYING:
            self.note(f"about {spoken(left)} left, by the first epoch.")

    def show(self, what: str, done: int, total: int, detail: str) -> None:
        """Show `Watch.on_progress`."""
        if what.startswith("reading "):
            what = f"reading {shown(Path(what.removeprefix('reading ')).name)}"  # of a path
        MANNER.doing = what
        now = time.monotonic()
        since, before = self.begun.setdefault(what, (now, done))
        if done >= total:
            self._end(what)
        elif self.live:
            self._bar(what, done, total, detail)
        elif now - self.last_line > _LINE_SECONDS:
            self.last_line = now
            parts = [f"{done:,} of {total:,}", detail]
            if done > before:
                parts.append(f"{(now - since) * (total - done) / (done - before) / 60:.1f} minutes left")
            note(f"{what}: {', '.join(filter(None, parts))}")

    def _named(self, epoch: int) -> str:
        return f"epoch {epoch}/{self.epochs}"

    def _bar(self, what: str, done: int, total: int, detail: str) -> None:
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
        if what not in self.tasks:
            self.tasks[what] = self.progress.add_task(what, total=total, completed=done, text="")
        self.progress.update(self.tasks[what], completed=done, total=total, text=detail)

    def _end(self, what: str) -> None:
        self.begun.pop(what, None)
        if self.progress and what in self.tasks:
            self.progress.remove_task(self.tasks.pop(what))
