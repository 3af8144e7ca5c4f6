"""Many chunks answered at once, in order: by threads of this process, or by processes beside it, each with the model."""

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO

from convlet.errors import ConvletError, DataError
from convlet.prediction.bulk.answers import Rows, answer
from convlet.prediction.bulk.listing import Chunk
from convlet.system.machine import start_python, stop_python

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
    """A process and the pipes to it. It ends when they do: at the latest when this process dies."""

    def __init__(self, model: Path) -> None:
        self.model, self._ended = model, False
        self._starting = threading.Lock()
        self._process = self._started()

    def ask(self, chunk: Chunk) -> Rows:
        asked = pickle.dumps(chunk)
        for _ in range(_TRIES):
            try:
                found = self._answer(asked)
            except (OSError, EOFError, ValueError, pickle.UnpicklingError):  # it has ended; maybe within an answer
                self._process.kill()
                with self._starting:
                    if self._ended:
                        break
                    stop_python(self._process)
                    self._process = self._started()
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
        with self._starting:
            self._ended = True
            self._process.kill()
            stop_python(self._process)  # a thread that waits for an answer learns of the end

    def _answer(self, asked: bytes) -> Any:
        pipe, answers = self._process.stdin, self._process.stdout
        if pipe is None or answers is None:
            raise ValueError("the process has no pipes")
        pipe.write(asked)
        pipe.flush()
        return pickle.load(answers)

    def _started(self) -> "subprocess.Popen[bytes]":
        return start_python(__name__, answer_chunks.__name__, str(self.model))


def answer_chunks(model: str) -> None:
    """What a process does: answers chunks from stdin to stdout until nobody asks any more."""
    with contextlib.suppress(EOFError, OSError), os.fdopen(os.dup(1), "wb") as told:
        os.dup2(2, 1)  # whatever a library prints is no answer
        _serve(sys.stdin.buffer, told, Path(model))


def _serve(asked: BinaryIO, told: BinaryIO, model: Path) -> None:
    from convlet.prediction.predictor import Predictor

    predictor: Predictor | None = None
    while True:
        chunk = pickle.load(asked)
        try:
            predictor = predictor or Predictor(model, threads=1)
            rows: Any = answer(predictor, chunk)
        except Exception as error:
            rows = error if isinstance(error, ConvletError) else DataError(f"{type(error).__name__}: {error}")
        told.write(pickle.dumps(rows))
        told.flush()
