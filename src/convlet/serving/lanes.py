"""Run bounded queues, each with threads that read the waiting requests and call the model once for all of them.

A lane holds requests of similar cost: small images never wait behind a photograph or a page.

Threads and loop take turns: a batch begins once the loop has delivered the last one and completed another round. The
interpreter switches threads after 5 ms at the earliest, so a thread that reads without pause would take half of the
loop's time, and even a refusal would wait.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from convlet.errors import DataError, NoGridError
from convlet.serving.meters import Meters
from convlet.serving.model import Generation, Model
from convlet.serving.refusal import RefusedError, busy
from convlet.serving.request import Request
from convlet.serving.work import Work

_JOBS = 16  # requests in one batch: the loop waits for all of them
_IMAGES = 64  # in a full batch
_READING = 0.01  # seconds of reading after which a batch is full
_TURN = 1.0  # seconds to wait for the loop, in case it has ended


@dataclass(slots=True)
class _Job:
    work: Work
    request: Request
    future: asyncio.Future[Response]
    model: Generation  # the one that answered when it came
    outcome: Response | Exception | None = None


class Lane:
    """A queue and its threads.

    Args:
        name: in refusals and meters.
        capacity: number of requests that may wait.
        model: a request is answered by the one that it holds when the request comes.
        warm_up: what each thread runs before its first job.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        meters: Meters,
        model: Model,
        threads: int = 1,
        warm_up: Callable[[], object] = lambda: None,
    ) -> None:
        self._warm_up, self._model, self._capacity = warm_up, model, capacity
        self._on_batch = meters.queue(name, self.depth)
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._loop: asyncio.AbstractEventLoop
        self._expected = 0
        self._full = busy(f"{capacity} {name} are waiting.")

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads; they answer in this loop."""
        self._loop = loop
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Finish the waiting requests, then end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def depth(self) -> int:
        """Return how many requests wait."""
        return self._waiting.qsize()

    def require_room(self) -> None:
        """Raise RefusedError, 429, if the queue is full; call this before the body is read."""
        if self._waiting.qsize() + self._expected >= self._capacity:
            raise self._full.with_traceback(None)

    def expect(self) -> None:
        """Reserve a place for a request whose task starts next: the loop may parse a hundred heads before one runs."""
        self._expected += 1
        self._loop.call_soon(self._come)

    def _come(self) -> None:
        self._expected -= 1

    async def do(self, work: Work, request: Request) -> Response:
        """Queue a request's work and return its answer.

        Raises:
            RefusedError: raised by the work itself; or 429, the queue filled up while the body arrived.
            ClientDisconnect, TimeoutError: the client hung up, or the deadline passed, before the work began.
        """
        self.require_room()
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Job(work, request, future, self._model.now))
        return await future

    def _serve(self) -> None:
        with contextlib.suppress(Exception):  # then the first request just takes longer
            self._warm_up()
        while (job := self._waiting.get()) is not None:
            self._batch(job)

    def _batch(self, job: _Job) -> None:
        jobs, read, count = [job], [], 0
        began = time.monotonic()
        while True:
            if (images := self._read(job)) is not None:
                read.append((job, images))
                count += len(images)
            if len(jobs) >= _JOBS or count >= _IMAGES or time.monotonic() - began > _READING:
                break
            try:
                following = self._waiting.get_nowait()
            except queue.Empty:
                break
            if following is None:  # the end, for every thread
                self._waiting.put(None)
                break
            job = following
            jobs.append(job)
        for model in dict.fromkeys(job.model for job, _ in read):  # two, where another has just taken its place
            own = [(job, images) for job, images in read if job.model is model]
            _answer(model, own)
            self._on_batch(sum(len(images) for _, images in own))
        handed_out = threading.Event()
        self._loop.call_soon_threadsafe(_deliver, jobs, handed_out)
        handed_out.wait(_TURN)

    def _read(self, job: _Job) -> NDArray[np.uint8] | None:
        gone = job.request.gone()
        if gone or job.future.done() or time.monotonic() > job.request.deadline:
            job.outcome = ClientDisconnect() if gone else TimeoutError()
            return None
        try:
            return job.work.read(job.model.predictor)
        except DataError as error:
            code = "no_grid" if isinstance(error, NoGridError) else "unreadable_image"
            job.outcome = RefusedError(422, code, str(error))
        except Exception as error:
            job.outcome = error
        return None


def _answer(model: Generation, read: list[tuple[_Job, NDArray[np.uint8]]]) -> None:
    predictor = model.predictor
    try:
        images = read[0][1] if len(read) == 1 else np.concatenate([each for _, each in read])
        probabilities = predictor.probabilities(images)
        answers = predictor.answers(images, probabilities)
    except Exception as error:
        for job, _ in read:
            job.outcome = error
        return
    start = 0
    for job, own in read:
        mine = slice(start, start + len(own))
        start = mine.stop
        try:
            job.outcome = job.work.say(predictor, own, probabilities[mine], answers[mine])
        except Exception as error:
            job.outcome = error


def _deliver(jobs: list[_Job], handed_out: threading.Event) -> None:
    asyncio.get_running_loop().call_soon(handed_out.set)  # in the next round
    for job in jobs:
        if job.future.done():  # its deadline passed
            continue
        if isinstance(job.outcome, Response):
            job.future.set_result(job.outcome)
        else:
            job.future.set_exception(job.outcome or RuntimeError("a request got no answer"))


class Lanes(NamedTuple):
    """The queues of one server."""

    small: Lane  # tensors, and images read in about a millisecond
    large: Lane  # photographs, scans, large drawings
    long: Lane  # pages and heat maps
