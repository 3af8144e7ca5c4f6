"""What is answered so far: whole parts in a hidden folder beside the output, joined when all are there. A kill at any moment costs one part."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.errors import OutputError
from convlet.prediction.bulk.answers import Rows
from convlet.prediction.bulk.tables import Table
from convlet.system.files import replacing, write_text

_STATE = "state.json"
_LOCK = "lock"
_FORMAT = 1
NAMED = 10  # unreadable files that are told of one by one


@dataclass
class Counts:
    """What the rows so far come to.

    Attributes:
        images: rows.
        unreadable: of them, images that cannot be read.
        unknown: of them, images that are none of the classes, empty ones included.
        classes: rows by label.
        errors: why the first unreadable images cannot be read.
    """

    images: int = 0
    unreadable: int = 0
    unknown: int = 0
    classes: dict[str, int] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)

    def add(self, rows: Rows) -> None:
        """Count more rows."""
        self.images += len(rows.names)
        for label, known, error in zip(rows.labels, rows.known.tolist(), rows.errors, strict=True):
            if label is not None:
                self.classes[label] = self.classes.get(label, 0) + 1
                self.unknown += not known
            elif error is not None:
                self.unreadable += 1
                if len(self.errors) < NAMED:
                    self.errors.append(error)


class Parts:
    """The parts of one output. Use it in `with opened(...)`.

    Attributes:
        counts: what lies in the parts.
        finished: whether the output was joined from them.
    """

    def __init__(self, out: Path, folder: Path, table: Table, about: dict[str, Any]) -> None:
        self.out, self.folder, self._table, self._about = out, folder, table, about
        self.counts, self.number, self.finished = Counts(), 0, False

    def add(self, parts: Sequence[Rows]) -> None:
        """Write rows as the next part.

        Raises:
            OutputError: the disk is full, or the folder cannot be written to. What was added before stays.
        """
        with self._staying(), replacing(self._part(self.number)) as temporary:
            self._table.write(temporary, parts)
        for rows in parts:
            self.counts.add(rows)
        self.number += 1
        self._write_state()

    def join(self) -> None:
        """Make the output of all parts, and take them away.

        Raises:
            OutputError: see `add`.
        """
        if not self.finished:
            with self._staying(), replacing(self._whole) as temporary:
                self._table.join(temporary, [self._part(number) for number in range(self.number)])
            self.finished = True
            self._write_state()
        with self._staying():
            if self._whole.exists():  # else it was moved before, and the process killed right after
                self._whole.replace(self.out)
            for number in range(self.number):
                self._part(number).unlink(missing_ok=True)
            (self.folder / _STATE).unlink()

    def take_up(self, *, overwrite: bool) -> str | None:
        """Go on from the parts that lie there.

        Returns:
            What became of them, in words; None where there are none.

        Raises:
            OutputError: they are of another model or other inputs, or the output is there already; unless `overwrite`.
        """
        state = self._state()
        moved = state is not None and state["finished"] and not self._whole.exists()
        if self.out.exists() and not moved and not overwrite:
            raise OutputError(f"{self.out} is there already. Choose another name, or replace it with --overwrite.")
        if state is None:
            self._clear()
            return None
        differs = [what for what, value in self._about.items() if state["about"].get(what) != value]
        if differs:
            if not overwrite:
                raise OutputError(
                    f"{self.folder} holds {state['counts']['images']:,} answers for {self.out.name} that were made otherwise: "
                    f"changed since: {', '.join(differs)}. Start anew with --overwrite, or choose another name."
                )
            self._clear()
            return f"{state['counts']['images']:,} answers of an earlier run are thrown away: changed since: {', '.join(differs)}"
        self.counts, self.number, self.finished = Counts(**state["counts"]), state["parts"], state["finished"]
        return f"going on behind {self.counts.images:,} answers that are there" if self.number else None

    @property
    def kept(self) -> int:
        """The parts that lie in the folder."""
        state = self._state()
        return state["parts"] if state else 0

    @property
    def _whole(self) -> Path:
        return self.folder / f"whole{self.out.suffix}"

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}{self.out.suffix}"

    def _state(self) -> dict[str, Any] | None:
        try:
            state = json.loads((self.folder / _STATE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise OutputError(
                f"cannot read {self.folder / _STATE}: {error}. Remove {self.folder} to start anew."
            ) from error
        return state if isinstance(state, dict) and state.keys() >= {"about", "parts", "finished", "counts"} else None

    def _write_state(self) -> None:
        state = {"about": self._about, "parts": self.number, "finished": self.finished, "counts": asdict(self.counts)}
        with self._staying():
            write_text(self.folder / _STATE, json.dumps(state, indent=1))

    def _clear(self) -> None:
        with self._staying():
            (self.folder / _STATE).unlink(missing_ok=True)  # first: parts without it count for nothing
            for child in self.folder.iterdir():
                if child.name != _LOCK:
                    child.unlink()
        self.number = 0
        self._write_state()

    @contextlib.contextmanager
    def _staying(self) -> Iterator[None]:
        """Errors that say what is kept."""
        try:
            yield
        except (OSError, OutputError) as error:
            said = (
                str(error) if isinstance(error, OutputError) else f"cannot write {self.out}: {error.strerror or error}."
            )
            raise OutputError(f"{said} The {self.counts.images:,} answers so far are kept in {self.folder}.") from error


@contextlib.contextmanager
def opened(out: Path, table: Table, about: dict[str, Any]) -> Iterator[Parts]:
    """The parts of an output, which no other process then works on.

    Args:
        out: the output.
        table: its form.
        about: what the rows follow from; parts made of anything else are not gone on from.

    Raises:
        OutputError: another process is at it, or its folder cannot be written to.
    """
    folder = out.parent / f".{out.name}-parts"
    lock = FileLock(folder / _LOCK)
    try:
        folder.mkdir(exist_ok=True)
        lock.acquire(timeout=0)
    except Timeout as error:
        raise OutputError(f"{out} is being written by another process. Wait for it, or choose another name.") from error
    except OSError as error:
        raise OutputError(
            f"cannot write into {out.parent}: {error.strerror or error}. Choose another place with --out."
        ) from error
    parts = Parts(out, folder, table, {"format": _FORMAT, **about})
    try:
        yield parts
    finally:
        try:
            if nothing := not parts.kept:  # joined, or nothing came of it
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
        if nothing and os.name == "nt":  # Windows removes no file that is open, and so kept the lock's till now
            with contextlib.suppress(OSError):
                folder.rmdir()
