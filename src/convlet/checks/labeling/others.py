"""Read the other journals that hold for a folder: those of its splits, and of folders above it."""

import datetime as dt
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from convlet.data.decisions import COLUMNS, FILE, Decision, Decisions, is_journal, parsed
from convlet.data.heeded import Found, above, reads
from convlet.data.layout import read_through
from convlet.data.tree import FileTree
from convlet.errors import DataError

State = tuple[int, int, int] | None


class Others:
    """The other journals about a folder, also those that are begun while this one is open."""

    def __init__(self, folder: Path) -> None:
        self._found = {
            folder / where / FILE: Found(f"{where}/{FILE}", where, "", Decisions(""))
            for where in read_through(FileTree(folder))
            if where
        }
        self._above = [*above(folder)]  # those whose journal was not seen yet

    def states(self) -> dict[Path, State]:
        """Return what changes with each file, by its path."""
        there = [(outer, inside) for outer, inside in self._above if (outer / FILE).is_file()]
        for outer, inside in there:
            self._above.remove((outer, inside))
            if reads(outer, inside):
                self._found[outer / FILE] = Found(str(outer / FILE), "", inside, Decisions(""))
        return {path: state_of(path, must=False) for path in self._found}

    def read(self, states: Mapping[Path, State]) -> list[Found]:
        """Read those with rows.

        Raises:
            DataError: one cannot be read.
        """
        for path, one in self._found.items():
            self._found[path] = one._replace(decisions=read(path, states[path], must=False))
        return [one for one in self._found.values() if one.decisions.rows]

    def time(self, path: str, made: Decision) -> dt.datetime | None:
        """Return the time of the newest other decision about a file; None if nothing else is decided about it.

        Raises:
            DataError: a row about it has no time, or the last one there is.
        """
        rows = (row for one in self._found.values() if (row := one.row(path)) and row.says != made.says)
        return max((_time(path, row) for row in rows), default=None)


def _time(path: str, row: Decision) -> dt.datetime:
    with suppress(OverflowError):
        if row.time and row.time.astimezone(dt.UTC) < dt.datetime.max.replace(tzinfo=dt.UTC):
            return row.time.astimezone(dt.UTC)
    has = f"the time {row.when}" if row.when else "no time"
    raise DataError(
        f"{row.where}: line {row.line} is about {path} too and has {has}, so no decision could be told to be newer. "
        "Write when it was made under when in that line, such as 2026-11-28T09:30:00+00:00, or remove the line."
    )


def state_of(path: Path, *, must: bool = True) -> State:
    """Return what changes with a file; None if it is not there, or is none and need not be."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    if not stat.S_ISREG(found.st_mode):
        if not must:
            return None
        raise DataError(f"{path} is not a regular file. Move it elsewhere.")
    return state_in(found)


def state_in(found: os.stat_result) -> tuple[int, int, int]:
    """Return what changes with a file that was looked at."""
    return found.st_ino, found.st_size, found.st_mtime_ns


def read(path: Path, state: State, *, must: bool = True) -> Decisions:
    """Read a journal; without rows if it is not there, or another table where it need not be one.

    Raises:
        DataError: it cannot be read, or is no journal and must be one.
    """
    try:
        content = path.read_bytes() if state else b""
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}.") from error
    if not content.strip():
        return Decisions(str(path))
    if is_journal(content):
        return parsed(content, str(path))
    if must:
        raise DataError(
            f"{path}: line 1 is not {','.join(COLUMNS)}, so this is no list of decisions. Correct that line, "
            "or give the file another name."
        )
    return Decisions(str(path))
