"""Talk with the process that trains: start it, send it orders, hear what it says, and end it."""

import abc
import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

_PROGRAM = (
    "import sys, json; sys.path[:] = json.loads(sys.argv[1]); from convlet.training.teaching.lesson import main; main()"
)


class LessonProcess(abc.ABC):
    """A process that runs `lesson.main`, one at a time. It may be started before there is an order: imports take long.

    Args:
        base: the run whose model it opens first.
    """

    def __init__(self, base: Path) -> None:
        self._base = base
        self._lock = threading.RLock()
        self._lesson: subprocess.Popen[str] | None = None
        self._follower: threading.Thread | None = None

    def _start(self) -> subprocess.Popen[str]:
        self._lesson = lesson = subprocess.Popen(  # noqa: S603  this Python, with this package
            [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        self._follower = threading.Thread(target=self._follow, args=(lesson,), daemon=True, name="lesson")
        self._follower.start()
        _write(lesson, {"base": str(self._base)})
        return lesson

    def _send(self, order: dict[str, Any]) -> None:
        if self._lesson is not None:
            with contextlib.suppress(OSError):  # it ended by itself, after a while without work
                _write(self._lesson, order)
                return
        _write(self._start(), order)

    def _follow(self, lesson: "subprocess.Popen[str]") -> None:
        """Take in what a lesson says, until it ends."""
        with contextlib.suppress(OSError), lesson:  # its end closes the pipes
            for line in lesson.stdout or ():
                with contextlib.suppress(ValueError):  # a line cut short by a kill
                    self._hear(lesson, json.loads(line))
        with self._lock:
            if self._lesson is lesson:
                self._lesson = None
                self._lost()

    @abc.abstractmethod
    def _hear(self, lesson: "subprocess.Popen[str]", event: dict[str, Any]) -> None:
        """Take in one thing that it says; `lesson` may be one that was ended."""

    @abc.abstractmethod
    def _lost(self) -> None:
        """Note that it ended by itself; the lock is held."""

    def _end(self) -> None:
        lesson, self._lesson = self._lesson, None
        if lesson:
            lesson.kill()


def _write(lesson: "subprocess.Popen[str]", order: dict[str, Any]) -> None:
    if lesson.stdin:
        lesson.stdin.write(json.dumps(order) + "\n")
        lesson.stdin.flush()
