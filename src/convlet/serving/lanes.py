"""Bounded queues, each with threads that read what waits, ask the model once for all of it, and return all answers.

A lane holds requests of similar cost: small images wait behind small images, never behind a photograph or a page.

Threads and loop take turns: a batch begins once the loop has delivered the one before and completed another round. The
interpreter runs one thread at a time and switches after 5 ms at the earliest. A thread that read without pause would
take half of the loop's time, and even a refusal would wait for it.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from convlet.errors import DataError
from convlet.prediction.predictor import Answer, Predictor
from convlet.serving.refusal import RefusedError, busy
from convlet.serving.request import Request

_JOBS = 16  # requests in one batch: the loop waits for all of them
_IMAGES = 64  # a batch with this many images is full
_READING = 0.01  # seconds; a batch that took longer to read is full
_TURN = 1.0  # seconds to wait for the loop, which may have ended


class Work(Protocol):
    """What one request asks of a lane, whose threads call both methods."""

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """Return the images to classify, uint8 (n, height, width, channels).

        Raises:
            DataError, RefusedError: they cannot be read.
        """

    def say(
        self,
        predictor: Predictor,
        images: NDArray[np.uint8],
        probabilities: NDArray[np.float32],
        answers: list[Answer],
        /,
    ) -> Response:
        """Return the answer, from the images that `read` gave and the model's probabilities and answers for them."""


class _Job:
    __slots__ = ("future", "outcome", "request", "work")

    def __init__(self, work: Work, request: Request, future: asyncio.Future[Response]) -> None:
        self.work, self.request, self.future = work, request, future
        self.outcome: Response | Exception | None = None

    @property
    def wanted(self) -> bool:
        """Whether the client still waits, and its deadline has not passed."""
        return not (self.future.done() or self.request.gone() or time.monotonic() > self.request.deadline)


class Lane:
    """A queue and its threads.

    Args:
        name: of the queue, in refusals and meters.
        capacity: requests that may wait.
        on_batch: receives the number of images of each batch.
        predictor: shared by all threads.
        threads: how many.
        warm_up: each thread runs it before its first job.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        on_batch: Callable[[int], None],
        predictor: Predictor,
        threads: int = 1,
        warm_up: Callable[[], object] = lambda: None,
    ) -> None:
        self._warm_up = warm_up
        self._predictor, self._capacity, self._on_batch = predictor, capacity, on_batch
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._loop: asyncio.AbstractEventLoop
        self._expected = 0
        self._full = busy(f"{capacity} {name} are waiting.")

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start the threads, for the requests of this loop."""
        self._loop = loop
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Finish what waits and end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def depth(self) -> int:
        """Return how many requests wait."""
        return self._waiting.qsize()

    def require_room(self) -> None:
        """Refuse early, before the body is read.

        Raises:
            RefusedError: 429, the queue is full.
        """
        if self._waiting.qsize() + self._expected >= self._capacity:
            raise self._full.with_traceback(None)

    def expect(self) -> None:
        """Keep a place for a request whose task starts next.

        Under load the loop parses a hundred heads before the first of their tasks runs.
        """
        self._expected += 1
        self._loop.call_soon(self._come)

    def _come(self) -> None:
        self._expected -= 1

    async def do(self, work: Work, request: Request) -> Response:
        """Queue a request's work and wait for its answer.

        Raises:
            RefusedError: the work's own; or 429, the queue filled up while the body arrived.
            ClientDisconnect, TimeoutError: the work was not begun: the client hung up, or the deadline passed.
        """
        self.require_room()
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Job(work, request, future))
        return await future

    def _serve(self) -> None:
        with contextlib.suppress(Exception):  # without it the first request only takes longer
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
        if read:
            self._answer(read)
            self._on_batch(count)
        handed_out = threading.Event()
        self._loop.call_soon_threadsafe(_deliver, jobs, handed_out)
        handed_out.wait(_TURN)

    def _read(self, job: _Job) -> NDArray[np.uint8] | None:
        if not job.wanted:
            job.outcome = ClientDisconnect() if job.request.gone() else TimeoutError()
            return None
        try:
            return job.work.read(self._predictor)
        except DataError as error:
            job.outcome = RefusedError(422, "unreadable_image", str(error))
        except Exception as error:
            job.outcome = error
        return None

    def _answer(self, read: list[tuple[_Job, NDArray[np.uint8]]]) -> None:
        try:
            images = read[0][1] if len(read) == 1 else np.concatenate([each for _, each in read])
            probabilities = self._predictor.probabilities(images)
            answers = self._predictor.answers(images, probabilities)
        except Exception as error:
            for job, _ in read:
                job.outcome = error
            return
        start = 0
        for job, own in read:
            mine = slice(start, start + len(own))
            start = mine.stop
            try:
                job.outcome = job.work.say(self._predictor, own, probabilities[mine], answers[mine])
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
    """The queues of one server.

    Attributes:
        small: images that take about a millisecond to read, and tensors.
        large: photographs, scans, drawings on a large canvas.
        long: pages and heat maps.
    """

    small: Lane
    large: Lane
    long: Lane
