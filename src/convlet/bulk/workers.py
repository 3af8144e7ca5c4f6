"""Many chunks answered at once, in order: by threads of this process, or by processes beside it, each with the model."""

import contextlib
import multiprocessing
import queue
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from convlet.bulk.answers import Rows, answer
from convlet.bulk.listing import Chunk
from convlet.errors import DataError

Ask = Callable[[Chunk], Rows]

_AHEAD = 3  # chunks for each worker that are answered or waited for while the one before them is written
_TRIES = 3


def in_order(ask: Ask, chunks: Iterable[Chunk], at_once: int) -> Iterator[Rows]:
    """What `ask` answers to each chunk, in their order. `chunks` is read only as far ahead as keeps `at_once` threads at work."""
    pool = ThreadPoolExecutor(at_once)
    waiting: deque[Future[Rows]] = deque()
    try:
        for chunk in chunks:
            waiting.append(pool.submit(ask, chunk))
            if len(waiting) >= _AHEAD * at_once:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextlib.contextmanager
def processes(model: Path, count: int) -> Iterator[Ask]:
    """Start processes that answer chunks, for Python reads one file at a time in each; `Ask` may be called by as many threads.

    A process that dies (a kill, memory that ran out) is started again, and its chunk is asked anew.
    """
    idle: queue.SimpleQueue[_Worker] = queue.SimpleQueue()
    workers = [_Worker(model) for _ in range(count)]
    for worker in workers:
        idle.put(worker)

    def ask(chunk: Chunk) -> Rows:
        worker = idle.get()
        try:
            return worker.ask(chunk)
        finally:
            idle.put(worker)

    try:
        yield ask
    finally:
        for worker in workers:
            worker.end()


class _Worker:
    """A process and the pipe to it. It ends when the pipe does: at the latest when this process dies."""

    def __init__(self, model: Path) -> None:
        self.model, self._ended = model, False
        self._start()

    def ask(self, chunk: Chunk) -> Rows:
        for _ in range(_TRIES):
            try:
                self._pipe.send(chunk)
                found = self._pipe.recv()
            except (EOFError, OSError):
                if self._ended:
                    break
                self._process.join()
                self._start()
                continue
            if isinstance(found, Exception):
                raise found
            rows: Rows = found
            return rows
        raise DataError(
            f"the process that reads {chunk.names[0]} to {chunk.names[-1]} ended {_TRIES} times: it was killed, or memory ran out. "
            "What was answered before is kept. Run the same command again to go on."
        )

    def end(self) -> None:
        self._ended = True
        self._process.kill()
        self._process.join()  # the pipe stays open: a thread may be waiting at it, and learns of the end

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")  # a copy of a process that has threads may hang
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, self.model), daemon=True)
        self._process.start()
        theirs.close()


def _serve(pipe: "Connection[Any, Any]", model: Path) -> None:
    """What a process does: answers chunks until nobody asks any more."""
    from convlet.predictor import Predictor

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process of a terminal; the first one ends the others
    predictor: Predictor | None = None
    with contextlib.suppress(EOFError, OSError):
        while True:
            chunk = pipe.recv()
            try:
                predictor = predictor or Predictor(model, threads=1)
                rows: Any = answer(predictor, chunk)
            except Exception as error:  # noqa: BLE001  it is raised where the chunk came from
                rows = error
            pipe.send(rows)
