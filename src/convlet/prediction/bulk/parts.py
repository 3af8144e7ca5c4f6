"""Keep finished answers as parts in a hidden folder next to the output; join them at the end. A kill costs one part."""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from convlet.errors import OutputError
from convlet.prediction.bulk.block import Block, Counts
from convlet.prediction.bulk.tables import Table
from convlet.system.files import replacing, write_text
from convlet.system.windows import WINDOWS, replace

_STATE = "state.json"
_KEYS = ("about", "parts", "finished", "counts")
_LOCK = "lock"
_FORMAT = 3  # 1 did not count empty images, 2 counted them among the classes too


class Parts:
    """The parts of one output, from `opened`; `finished` once joined."""

    def __init__(self, out: Path, folder: Path, table: Table, about: dict[str, Any]) -> None:
        self.out, self.folder, self._table, self._about = out, folder, table, about
        self.counts, self.number, self.finished = Counts(), 0, False

    def add(self, block: Block) -> None:
        """Write answers as the next part.

        Raises:
            OutputError: the folder cannot be written to, or the disk is full. Earlier parts stay.
        """
        with self._keeping(), replacing(self._part(self.number)) as temporary:
            self._table.write(temporary, block)
        self.counts.add(block)
        self.number += 1
        self._write_state()

    def join(self) -> None:
        """Join the parts into the output, and remove them; errors: see `add`."""
        parts = [self._part(number) for number in range(self.number)]
        if not self.finished:
            with self._keeping(), replacing(self._whole) as temporary:
                self._table.join(temporary, parts)
            self.finished = True
            self._write_state()
        with self._keeping():
            if self._whole.exists():  # else it was moved earlier, and the process was killed right after
                replace(self._whole, self.out)
            for part in parts:
                part.unlink(missing_ok=True)
            (self.folder / _STATE).unlink()

    def take_up(self, *, overwrite: bool) -> str | None:
        """Resume from existing parts, and return a note on them, or None if there are none.

        Raises:
            OutputError: unless `overwrite`: the output exists, or the parts come from another model or other inputs.
        """
        state = self._state()
        moved = state is not None and state["finished"] and not self._whole.exists()
        if self.out.exists() and not moved and not overwrite:
            raise OutputError(f"{self.out} already exists. Choose another name, or replace it with overwrite=True.")
        if state is None:
            self._clear()
            return None
        there = f"{state['counts']['images']:,} answers"
        if changed := [key for key, value in self._about.items() if state["about"].get(key) != value]:
            since = f"from before a change of: {', '.join(changed)}"
            if "format" in changed:
                since = "begun by another version of convlet"
            if not overwrite:
                raise OutputError(
                    f"{self.folder} holds {there} for {self.out.name} {since}. "
                    "Start over with overwrite=True, or choose another name."
                )
            self._clear()
            return f"discarding {there} {since}"
        self.counts, self.number, self.finished = Counts(**state["counts"]), state["parts"], state["finished"]
        return f"resuming after {self.counts.images:,} answers" if self.number else None

    @property
    def kept(self) -> int:
        """The number of parts in the folder."""
        state = self._state()
        return state["parts"] if state else 0

    @property
    def _whole(self) -> Path:
        return self.folder / f"whole{self.out.suffix}"

    def _part(self, number: int) -> Path:
        return self.folder / f"part-{number:06d}{self.out.suffix}"

    def _state(self) -> dict[str, Any] | None:
        file = self.folder / _STATE
        try:
            state = json.loads(file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise OutputError(f"cannot read {file}: {error}. Remove {self.folder} to start over.") from error
        if not isinstance(state, dict) or not state.keys() >= set(_KEYS):
            raise OutputError(f"{file} lacks some of {', '.join(_KEYS)}. Remove {self.folder} to start over.")
        return state

    def _write_state(self) -> None:
        state = {"about": self._about, "parts": self.number, "finished": self.finished, "counts": asdict(self.counts)}
        with self._keeping():
            write_text(self.folder / _STATE, json.dumps(state, indent=1))

    def _clear(self) -> None:
        with self._keeping():
            (self.folder / _STATE).unlink(missing_ok=True)  # first: without it, the parts are ignored
            for child in self.folder.iterdir():
                if child.name != _LOCK:
                    child.unlink()
        self.number = 0
        self._write_state()

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        """Raise errors that say what is kept."""
        try:
            yield
        except (OSError, OutputError) as error:
            why = (
                str(error) if isinstance(error, OutputError) else f"cannot write {self.out}: {error.strerror or error}."
            )
            raise OutputError(f"{why} The {self.counts.images:,} answers so far are kept in {self.folder}.") from error


@contextlib.contextmanager
def opened(out: Path, table: Table, about: dict[str, Any]) -> Iterator[Parts]:
    """Open the parts of an output, locked against other processes.

    Args:
        out: the output.
        table: its kind.
        about: what determines the rows; parts with other values are not resumed.

    Raises:
        OutputError: another process has them open, or the folder cannot be written to.
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
            f"cannot write into {out.parent}: {error.strerror or error}. Choose another place with out=..."
        ) from error
    parts = Parts(out, folder, table, {"format": _FORMAT, **about})
    try:
        yield parts
    finally:
        try:
            if nothing := not parts.kept:  # joined, or never begun
                shutil.rmtree(folder, ignore_errors=True)
        finally:
            lock.release()
        if nothing and WINDOWS:  # Windows does not remove open files, such as the lock
            with contextlib.suppress(OSError):
                folder.rmdir()
