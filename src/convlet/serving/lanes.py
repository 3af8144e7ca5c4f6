"""Bounded queues, each with threads that read what waits, ask the model once for all of it, and hand all answers back at once.

A lane is for requests of one length: small images wait behind small images, never behind a photograph or a page.

Threads and loop take turns: a batch begins when the loop has handed out the one before and been round once since. The interpreter runs
one thread at a time and lets another in after 5 ms at the earliest, so that a thread which read on and on would take half of all time
from the loop, and who could be refused at once would wait for it.
"""

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from convlet.errors import DataError
from convlet.prediction.predictor import Answer, Predictor
from convlet.serving.refusal import RefusedError, busy
from convlet.serving.request import Request

_JOBS = 16  # requests in one batch: what the loop has to wait for
_IMAGES = 64  # no further request is added to a batch of so many
_READING = 0.01  # seconds: nor to one that has been read for so long, for those in it wait
_TURN = 1.0  # seconds that the loop has for its own; it may have ended


class Work(Protocol):
    """What one request asks of a lane; both methods are called on its threads."""

    def read(self, predictor: Predictor) -> NDArray[np.uint8]:
        """The images to be classified, (n, height, width, channels).

        Raises:
            DataError, RefusedError: they cannot be read.
        """

    def say(
        self, predictor: Predictor, images: NDArray[np.uint8], probabilities: NDArray[np.float32], answers: list[Answer]
    ) -> Response:
        """The answer, from the images that `read` gave and what the model says of them."""


class _Job:
    __slots__ = ("future", "outcome", "request", "work")

    def __init__(self, work: Work, request: Request, future: asyncio.Future[Response]) -> None:
        self.work, self.request, self.future = work, request, future
        self.outcome: Response | Exception | None = None

    @property
    def wanted(self) -> bool:
        """Whether anybody still waits for it."""
        return not (self.future.done() or self.request.gone() or time.monotonic() > self.request.deadline)


class Lane:
    """A queue and its threads.

    Args:
        name: what refusals and meters call what waits in it.
        predictor: asked from every thread.
        threads: how many.
        capacity: requests that may wait.
        on_batch: told the number of images of each batch.
        first: done by each thread before anything else.
    """

    def __init__(
        self,
        name: str,
        predictor: Predictor,
        threads: int,
        capacity: int,
        on_batch: Callable[[int], None],
        first: Callable[[], object] = lambda: None,
    ) -> None:
        self._first = first
        self.name, self._predictor, self._capacity, self._on_batch = name, predictor, capacity, on_batch
        self._waiting: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        self._loop: asyncio.AbstractEventLoop | None = None
        self._expected = 0

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to work, for the requests of this loop."""
        self._loop = loop
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Finish what waits, then end the threads."""
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def depth(self) -> int:
        """Requests that wait."""
        return self._waiting.qsize()

    @property
    def full(self) -> bool:
        """Whether as many wait as may."""
        return self._waiting.qsize() + self._expected >= self._capacity

    def expect(self) -> None:
        """Keep a place for a request whose task begins next: under load the loop hears of a hundred before it looks after the first."""
        assert self._loop is not None
        self._expected += 1
        self._loop.call_soon(self._come)

    def _come(self) -> None:
        self._expected -= 1

    def refusal(self) -> RefusedError:
        """What those are told who come then: 429."""
        return busy(f"{self._capacity} {self.name} are waiting.")

    def require_room(self) -> None:
        """Refuse early.

        Raises:
            RefusedError: 429, as many wait as may.
        """
        if self.full:
            raise self.refusal()

    async def do(self, work: Work, request: Request) -> Response:
        """Wait for a thread's answer to the work that a request asks for.

        Raises:
            RefusedError: the work's own; or 429, as many wait as may.
            ClientDisconnect, TimeoutError: it was not begun: the client has hung up, the request's deadline has passed.
        """
        self.require_room()
        future: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self._waiting.put(_Job(work, request, future))
        return await future

    def _serve(self) -> None:
        with contextlib.suppress(Exception):  # a courtesy; without it the first request takes longer
            self._first()
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
            if following is None:  # the end, which every thread must see
                self._waiting.put(None)
                break
            job = following
            jobs.append(job)
        if read:
            self._answer(read)
            self._on_batch(count)
        assert self._loop is not None
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
        if job.future.done():  # its deadline passed meanwhile
            continue
        if isinstance(job.outcome, Response):
            job.future.set_result(job.outcome)
        else:
            job.future.set_exception(job.outcome or RuntimeError("a request was left without an answer"))


@dataclass(frozen=True)
class Lanes:
    """The queues of one server.

    Attributes:
        small: images that are read in about a millisecond, and tensors.
        large: photographs, scans, drawings on a large canvas.
        long: pages and heat maps.
    """

    small: Lane
    large: Lane
    long: Lane

    def __iter__(self) -> Iterator[Lane]:
        return iter((self.small, self.large, self.long))
