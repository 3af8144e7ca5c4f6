"""Add decisions to a folder's `labels.csv`, so that each is on the disk before anybody hears that it was made."""

import contextlib
import datetime as dt
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from convlet.data.decisions import COLUMNS, FILE, Decision, Decisions, header_row, is_inside, is_journal, parsed, row_of
from convlet.errors import DataError, OutputError
from convlet.system.files import flush

_LOCK = f".{FILE}.lock"
NONE = Decision()


class Journal:
    """The journal of a folder, locked against other programs of convlet for as long as it is open.

    Attributes:
        decisions: those that hold.
        steps: what was decided together, the earliest first, without what was undone: of each step the decisions
            before it, by path.
        changed: counts the times that the file turned out to have been changed by something else.

    Raises:
        DataError: the file is no journal, see `parsed`.
        OutputError: another program has it open, or the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self.decisions, self.steps = Decisions(str(self.path)), list[dict[str, Decision]]()
        self.changed, self._last = 0, dt.datetime.min.replace(tzinfo=dt.UTC)
        self._seen: tuple[int, int, int] | None = None
        self._lock = FileLock(str(folder / _LOCK))
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise OutputError(
                f"another convlet label is at work on {folder}. Use its page, in as many tabs as you like, or end it."
            ) from error
        except OSError as error:
            raise OutputError(f"cannot write to {folder}: {error.strerror or error}. Allow writing there.") from error
        try:
            self.refresh()
        except DataError:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let others have the journal."""
        self._lock.release()

    def of(self, path: str) -> Decision:
        """Return the decision about a file; `NONE` without one."""
        return self.decisions.of.get(path, NONE)

    def refresh(self) -> bool:
        """Read the file anew if something else has changed it, and return whether it has.

        Raises:
            DataError: it is no journal any more.
        """
        state = self._state()
        if state == self._seen:
            return False
        try:
            content = self.path.read_bytes() if state else b""
        except OSError as error:
            raise DataError(f"cannot read {self.path}: {error.strerror or error}.") from error
        if content.strip() and not is_journal(content):
            raise DataError(
                f"{self.path}: line 1 is not {','.join(COLUMNS)}, so this is no list of decisions. Correct that line, "
                "or give the file another name."
            )
        self.decisions = parsed(content, str(self.path)) if content.strip() else Decisions(str(self.path))
        self.steps = _steps(self.decisions)
        self.changed += self._seen is not None
        self._seen = state
        return True

    def add(self, decided: Mapping[str, Decision], who: str) -> None:
        """Write decisions that belong together; those that change nothing are left out.

        Raises:
            DataError: the file was changed into something else meanwhile, or a path cannot be written into it.
            OutputError: they cannot be written, as on a full disk; the file is as before.
        """
        self.refresh()
        news = {path: one for path, one in decided.items() if same(one) != same(self.of(path))}
        for path in news:
            if not is_inside(path) or not _is_utf8(path):
                raise DataError(f"{path!r} cannot be written into {FILE}. Rename the file, without line breaks.")
        if not news:
            return
        when = self._now()
        before = {path: self.of(path) for path in news}
        stamped = {path: Decision(one.label, one.excluded, who, when) for path, one in news.items()}
        columns = self.decisions.columns
        self._append("".join(row_of(path, one, columns) for path, one in stamped.items()).encode())
        held = {**self.decisions.of, **stamped}
        kept = {path: one for path, one in held.items() if not one.is_none}
        self.decisions = Decisions(str(self.path), kept, self.decisions.rows + len(news), columns=columns)
        _take(self.steps, before, news)

    def undo(self, who: str) -> list[str]:
        """Take the last step back that was not yet, by rows that restore what held before; return its paths.

        Errors: see `add`.
        """
        self.refresh()
        if not self.steps:
            return []
        last = dict(self.steps[-1])
        self.add(last, who)
        return [*last]

    def _append(self, rows: bytes) -> None:
        handle = -1
        try:
            handle = os.open(self.path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
            size = os.fstat(handle).st_size
            start = self.decisions.whole or size
            if start < size:  # without a row that was cut off, which nobody was told of
                os.ftruncate(handle, start)
            lead = b""
            if start:
                os.lseek(handle, start - 1, os.SEEK_SET)
                lead = b"" if os.read(handle, 1) == b"\n" else b"\n"  # an editor may have left the last end out
            else:
                lead = header_row().encode()
            try:
                _write(handle, lead + rows)
                flush(handle)
            except OSError:
                os.ftruncate(handle, start)
                raise
        except OSError as error:
            self._seen = None if handle >= 0 else self._seen
            raise OutputError(
                f"cannot write {self.path}: {error.strerror or error}. Nothing that was decided before is lost. Free "
                "some space, or allow writing, and decide again."
            ) from error
        finally:
            if handle >= 0:
                os.close(handle)
        if not start:
            with contextlib.suppress(OSError):  # Windows opens no folders
                folder = os.open(self.path.parent, os.O_RDONLY)
                try:
                    flush(folder)
                finally:
                    os.close(folder)
        self._seen = self._state()

    def _state(self) -> tuple[int, int, int] | None:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise DataError(f"{self.path} is not a regular file. Move it elsewhere.")
        return found.st_ino, found.st_size, found.st_mtime_ns

    def _now(self) -> str:
        """Return the time, later than every one before: rows of one time were decided together."""
        self._last = max(dt.datetime.now(dt.UTC), self._last + dt.timedelta(microseconds=1))
        return self._last.isoformat(timespec="microseconds")


def _steps(decisions: Decisions) -> list[dict[str, Decision]]:
    """Return the steps of a journal that were not undone; see `Journal`."""
    held: dict[str, Decision] = {}
    steps: list[dict[str, Decision]] = []
    for rows in decisions.steps:
        news = {path: one for path, one in rows.items() if same(one) != same(held.get(path, NONE))}
        before = {path: held.get(path, NONE) for path in news}
        held |= rows
        if news:
            _take(steps, before, news)
    return steps


def _take(steps: list[dict[str, Decision]], before: dict[str, Decision], rows: Mapping[str, Decision]) -> None:
    """Add a step, or take the last one away if this one restores what held before it."""
    if steps and steps[-1].keys() == rows.keys():
        last = steps[-1]
        if all(same(rows[path]) == same(last[path]) for path in rows):
            steps.pop()
            return
    steps.append(before)


def same(one: Decision) -> tuple[str, bool]:
    """Return what a decision says, whoever made it; equal for equal ones."""
    return one.label, one.excluded


def _write(handle: int, content: bytes) -> None:
    os.lseek(handle, 0, os.SEEK_END)
    left = memoryview(content)
    while left:
        left = left[os.write(handle, left) :]


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
