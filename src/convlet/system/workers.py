"""Run worker processes for work that holds Python's interpreter lock: decoding images, reading and answering files.

These are our own because the standard library's pool needs `if __name__ == "__main__"` in scripts, and loky leaves its
workers behind if the program is killed, and fails all requests if one worker is.
"""

import contextlib
import functools
import json
import os
import pickle
import pkgutil
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from convlet.errors import ConvletError, DataError

Request = TypeVar("Request")
Reply = TypeVar("Reply")

_TRIES = 3
_AHEAD = 3  # requests per thread, answered or in progress
_PROGRAM = """
import signal
signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the program, which ends its workers
import sys, json
sys.path[:] = json.loads(sys.argv[1])
from convlet.system.workers import serve
serve(*sys.argv[2:])
"""


class Workers:
    """Processes that call one function, started when first needed; they print nothing.

    Args:
        function: "module:name"; not in the program's main module.
        arguments: its first arguments; requests contain the others.
    """

    def __init__(self, function: str, *arguments: str) -> None:
        self._command = [sys.executable, "-P", "-c", _PROGRAM, json.dumps(sys.path), function, *arguments]
        self._idle: list[subprocess.Popen[bytes]] = []
        self._all: set[subprocess.Popen[bytes]] = set()
        self._starting = threading.Lock()
        self.close = weakref.finalize(self, _end, self._all, self._idle, self._starting)

    def ask(self, *request: Any) -> Any:
        """Call the function in a process, one per calling thread; if it is killed, call it in another.

        Raises:
            ConvletError: the function raised it; other exceptions become `DataError`, as does a request or reply that
                cannot be pickled or unpickled.
            OSError: a process could not start, three ended in a row, or the workers are closed.
        """
        asked = pickle.dumps(request)
        for _ in range(_TRIES):
            process = self._take()
            try:
                _send(process.stdin, asked)
                answered = _receive(process.stdout)
            except BaseException as error:  # the process ended, was closed, or Ctrl-C
                self._all.discard(process)
                _stop(process)
                if not isinstance(error, OSError | EOFError | ValueError):
                    raise
                continue
            self._idle.append(process)
            try:
                reply = pickle.loads(answered)  # noqa: S301  from our own process
            except Exception as error:
                raise DataError(f"a worker's reply cannot be read: {type(error).__name__}: {error}") from error
            if isinstance(reply, Exception):
                raise reply
            return reply
        raise ChildProcessError(f"a worker process ended {_TRIES} times: it was killed, or memory ran out")

    def _take(self) -> "subprocess.Popen[bytes]":
        with self._starting:
            if not self.close.alive:
                raise ChildProcessError("the worker processes are closed")
            with contextlib.suppress(IndexError):
                return self._idle.pop()
            pipe = subprocess.PIPE
            process = subprocess.Popen(  # noqa: S603  this Python, with this package
                self._command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL
            )
            self._all.add(process)
            return process


def in_order(ask: Callable[[Request], Reply], requests: Iterable[Request], threads: int) -> Iterator[Reply]:
    """Yield the reply to each request, in order; `requests` is read only a little ahead."""
    pool = ThreadPoolExecutor(threads)
    waiting: deque[Future[Reply]] = deque()
    try:
        for request in requests:
            waiting.append(pool.submit(ask, request))
            if len(waiting) >= _AHEAD * threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def serve(name: str, *arguments: str) -> None:
    """Answer requests from stdin on stdout until stdin ends, which it does however the program ends."""
    with contextlib.suppress(EOFError, OSError), os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)  # keeps a library's prints out of the replies
        function: Callable[..., Any] | None = None
        while True:
            request = _receive(sys.stdin.buffer)
            try:
                function = function or functools.partial(pkgutil.resolve_name(name), *arguments)
                reply = function(*pickle.loads(request))  # noqa: S301  from the process that started this one
            except Exception as error:  # noqa: BLE001  sent to the caller, which not every class of exception survives
                reply = error if isinstance(error, ConvletError) else DataError(f"{type(error).__name__}: {error}")
            try:
                pickled = pickle.dumps(reply, pickle.HIGHEST_PROTOCOL)
            except Exception as error:  # noqa: BLE001
                pickled = pickle.dumps(DataError(f"a worker's reply cannot be sent: {type(error).__name__}: {error}"))
            _send(out, pickled)


def _send(pipe: Any, pickled: bytes) -> None:
    pipe.write(len(pickled).to_bytes(8))
    pipe.write(pickled)
    pipe.flush()


def _receive(pipe: Any) -> bytes:
    """Return what `_send` sent. Raise EOFError if the other process ended."""
    head = pipe.read(8)
    pickled: bytes = pipe.read(int.from_bytes(head))
    if len(head) < 8 or len(pickled) < int.from_bytes(head):
        raise EOFError
    return pickled


def _stop(process: Any) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        with contextlib.suppress(OSError):
            pipe.close()
    process.wait()


def _end(processes: set[Any], idle: list[Any], starting: threading.Lock) -> None:
    with starting:  # a thread waiting for a reply gets an error
        idle.clear()
        while processes:
            _stop(processes.pop())
