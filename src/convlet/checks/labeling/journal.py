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
_NEVER, _UNSURE = (-1, -1, -1), (-2, -2, -2)  # states of a file that was not read, and of one that may have changed
_TRIES = 20  # while something else writes at the same time

State = tuple[int, int, int] | None  # what tells that a file has changed; None if it is not there


class ChangedError(DataError):
    """Something else has changed the journal since its decisions were looked at; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was changed by another program meanwhile. Look at its labels, and decide again.")


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
        self._seen: State = _NEVER
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
        self.changed += self._seen != _NEVER
        self._seen = state
        return True

    def add(self, decided: Mapping[str, Decision], who: str, looked: int | None = None) -> None:
        """Write decisions that belong together; those that change nothing are left out.

        Args:
            decided: by path.
            who: decided.
            looked: the value of `changed` when the decisions before them were looked at; None to decide whatever they
                are.

        Raises:
            ChangedError: the file was changed after `looked`, or it changes all the time.
            DataError: the file was changed into something else meanwhile, or a path cannot be written into it.
            OutputError: they cannot be written, as on a full disk; the file is as before.
        """
        for _ in range(_TRIES):
            self.refresh()
            if looked not in (None, self.changed):
                break
            if self._added(decided, who):
                return
        raise ChangedError(self.path)

    def _added(self, decided: Mapping[str, Decision], who: str) -> bool:
        """Add to the file as it was read; False if it is another one by now, and may not have them."""
        news = {path: one for path, one in decided.items() if same(one) != same(self.of(path))}
        for path in news:
            if not is_inside(path) or not _is_utf8(path):
                raise DataError(f"{path!r} cannot be written into {FILE}. Rename the file, without line breaks.")
        if not news:
            return True
        when = self._now()
        before = {path: self.of(path) for path in news}
        stamped = {path: Decision(one.label, one.excluded, who, when) for path, one in news.items()}
        columns = self.decisions.columns
        if not self._append("".join(row_of(path, one, columns) for path, one in stamped.items()).encode()):
            return False
        held = {**self.decisions.of, **stamped}
        kept = {path: one for path, one in held.items() if not one.is_none}
        self.decisions = Decisions(str(self.path), kept, self.decisions.rows + len(news), columns=columns)
        _take(self.steps, before, news)
        return True

    def undo(self, who: str, looked: int | None = None) -> list[str]:
        """Take the last step back that was not yet, by rows that restore what held before; return its paths.

        Arguments and errors: see `add`.
        """
        self.refresh()
        if looked not in (None, self.changed):
            raise ChangedError(self.path)
        if not self.steps:
            return []
        last = dict(self.steps[-1])
        self.add(last, who, self.changed)
        return [*last]

    def _append(self, rows: bytes) -> bool:
        """Write rows at the end of the file as it was read; False if it is another one before or after that.

        Something else may write it at any time: an editor changes it in its place, or puts another file there.
        """
        handle = -1
        try:
            making = 0 if self._seen else os.O_CREAT
            handle = os.open(self.path, os.O_RDWR | making | getattr(os, "O_BINARY", 0), 0o666)
            found = os.fstat(handle)
            size = found.st_size
            if self._seen != _state(found) and (self._seen or size):
                return False
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
        except FileNotFoundError:  # it was taken away
            return False
        except OSError as error:
            self._seen = _UNSURE if handle >= 0 else self._seen
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
        now, expected = self._state(), start + len(lead + rows)
        self._seen = now if now and now[:2] == (found.st_ino, expected) else _UNSURE
        return bool(now and now[0] == found.st_ino and now[1] >= expected)

    def _state(self) -> State:
        try:
            found = self.path.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise DataError(f"{self.path} is not a regular file. Move it elsewhere.")
        return _state(found)

    def _now(self) -> str:
        """Return the time, later than every one before: rows of one time were decided together."""
        self._last = max(dt.datetime.now(dt.UTC), self._last + dt.timedelta(microseconds=1))
        return self._last.isoformat(timespec="microseconds")


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_ino, found.st_size, found.st_mtime_ns


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
