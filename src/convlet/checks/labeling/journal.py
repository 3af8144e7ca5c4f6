"""Add decisions to a folder's `labels.csv`, so that each is on the disk before anybody hears that it was made.

Those in the journals of its splits and of folders above it are shown too, and undone: by newer rows in its own.
"""

import contextlib
import datetime as dt
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from convlet.checks.labeling.others import Others, State, read, state_in, state_of
from convlet.data.decisions import FILE, Decision, Decisions, header_row, is_inside, row_of
from convlet.data.heeded import Found, Heeded, merged, steps_of
from convlet.errors import DataError, OutputError
from convlet.system.files import flush

_LOCK = f".{FILE}.lock"
NONE = Decision()
_TICK = dt.timedelta(microseconds=1)
_UNSURE = (-1, -1, -1)  # the state of a file that may have changed
_TRIES = 20  # while something else writes at the same time


class ChangedError(DataError):
    """Something else has changed the journal since its decisions were looked at; nothing was written."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} was changed by another program meanwhile. Look at its labels, and decide again.")


class Journal:
    """The journal of a folder, locked against other programs of convlet for as long as it is open.

    Attributes:
        decisions: those that hold, also of other journals.
        steps: what was decided together, the earliest first, without what was undone: of each step the decisions
            before it, by path.
        changed: counts the times that a file turned out to have been changed by something else.

    Raises:
        DataError: a file is no journal, see `parsed`; or two journals disagree, see `merged`.
        OutputError: another program has it open, or the folder cannot be written to.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE
        self._own = Found(FILE, "", "", Decisions(str(self.path)))
        self.decisions, self.steps = Heeded(), list[dict[str, Decision]]()
        self.changed, self._last = 0, dt.datetime.min.replace(tzinfo=dt.UTC)
        self._others = Others(folder)
        self._seen: dict[Path, State] = {}
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
        """Read what something else has changed, and return whether anything has.

        Raises:
            DataError: the file is no journal any more, or another one cannot be read.
        """
        states = {self.path: state_of(self.path), **self._others.states()}
        if states == self._seen:
            return False
        own = self._own._replace(decisions=read(self.path, states[self.path]))
        every = [own, *self._others.read(states)]
        self.decisions, self.steps = merged(every), _steps(steps_of(every))
        self._own = own
        self.changed += bool(self._seen)
        self._seen = states
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
            DataError: the file was changed into something else meanwhile, a path cannot be written into it, or another
                journal has a row about one without a time.
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
        news = {path: one for path, one in decided.items() if one.says != self.of(path).says}
        for path in news:
            if not is_inside(path) or not _is_utf8(path):
                raise DataError(f"{path!r} cannot be written into {FILE}. Rename the file, without line breaks.")
        if not news:
            return True
        when = self._after(news)
        before = {path: self.of(path) for path in news}
        stamped = {path: Decision(one.label, one.excluded, who, when, 0, str(self.path)) for path, one in news.items()}
        own = self._own.decisions
        if not self._append("".join(row_of(path, one, own.columns) for path, one in stamped.items()).encode()):
            return False
        self._own = self._own._replace(decisions=replace(own, whole=0))
        held = {**self.decisions.of, **stamped}
        kept = {path: one for path, one in held.items() if not one.is_none}
        self.decisions = replace(self.decisions, of=kept)
        _take(self.steps, before, news)
        return True

    def undo(self, who: str, looked: int | None = None) -> list[str]:
        """Take the last step back that was not yet, by rows that restore what held before; return its paths.

        Arguments and errors: see `add`.
        """
        self.refresh()
        if looked not in (None, self.changed):
            raise ChangedError(self.path)
        while self.steps:
            last = dict(self.steps[-1])
            if any(one.says != self.of(path).says for path, one in last.items()):
                self.add(last, who, self.changed)
                return [*last]
            self.steps.pop()  # times that were written by hand may say that a later row holds
        return []

    def _append(self, rows: bytes) -> bool:
        """Write rows at the end of the file as it was read; False if it is another one before or after that.

        Something else may write it at any time: an editor changes it in its place, or puts another file there.
        """
        handle, seen = -1, self._seen.get(self.path)
        try:
            making = 0 if seen else os.O_CREAT
            handle = os.open(self.path, os.O_RDWR | making | getattr(os, "O_BINARY", 0), 0o666)
            found = os.fstat(handle)
            size = found.st_size
            if seen != state_in(found) and (seen or size):
                return False
            start = self._own.decisions.whole or size
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
            if handle >= 0:
                self._seen[self.path] = _UNSURE
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
        now, expected = state_of(self.path), start + len(lead + rows)
        self._seen[self.path] = now if now and now[:2] == (found.st_ino, expected) else _UNSURE
        return bool(now and now[0] == found.st_ino and now[1] >= expected)

    def _after(self, news: Mapping[str, Decision]) -> str:
        """Return a time for decisions: now, but later than all before, and than those that they replace.

        Raises:
            DataError: see `Others.time`; or this journal has no times, and another is about these images too.
        """
        found = (self._others.time(path, made) for path, made in news.items())
        times = [time + _TICK for time in found if time]
        if times and "when" not in self._own.decisions.columns:
            raise DataError(
                f"{self.path} has no column for when it was decided, and another {FILE} is about these images too. "
                "Write ,when at the end of its first line, and a comma at the end of each other."
            )
        latest = max(dt.datetime.now(dt.UTC), self._last + _TICK, *times)
        self._last = latest
        return latest.isoformat(timespec="microseconds")


def _steps(made: Sequence[Mapping[str, Decision]]) -> list[dict[str, Decision]]:
    """Return the steps that were not undone; see `Journal`."""
    held: dict[str, Decision] = {}
    steps: list[dict[str, Decision]] = []
    for rows in made:
        news = {path: one for path, one in rows.items() if one.says != held.get(path, NONE).says}
        before = {path: held.get(path, NONE) for path in news}
        held |= rows
        if news:
            _take(steps, before, news)
    return steps


def _take(steps: list[dict[str, Decision]], before: dict[str, Decision], rows: Mapping[str, Decision]) -> None:
    """Add a step, or take the last one away if this one restores what held before it."""
    if steps and steps[-1].keys() == rows.keys():
        last = steps[-1]
        if all(rows[path].says == last[path].says for path in rows):
            steps.pop()
            return
    steps.append(before)


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
