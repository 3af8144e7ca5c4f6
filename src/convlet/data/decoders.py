"""Images decoded side by side, in processes of their own.

Pillow holds the interpreter for most of a small image's time: two threads decode 28x28 pixels no faster than one. A
process starts without the program's main module, so a script needs no `if __name__ == "__main__"`; it ends with its
input, however this program ends.
"""

import json
import math
import subprocess
import weakref
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Like, Place, decode_here
from convlet.errors import DataError
from convlet.system.machine import cores, start_python, stop_python

FEWEST = 32  # images worth a trip to another process
_MOST = 8  # processes; each takes 40 MB, and eight decode faster than small nets train


class Decoders:
    """Processes that decode, started when they are first needed; any number of threads may ask.

    Where none can be started, or one ends before its time, this process decodes by itself.
    """

    def __init__(self) -> None:
        self.count = min(cores(), _MOST)
        self._idle: list[subprocess.Popen[bytes]] = []
        self._threads = ThreadPoolExecutor(self.count, "decoding")  # each waits for a process
        self._end = weakref.finalize(self, _end, self._threads, self._idle)

    def submit(
        self, places: Sequence[Place], like: Like | None = None, channels: int | None = None
    ) -> "Future[NDArray[np.uint8]]":
        """Have images decoded, see `decode`."""
        return self._threads.submit(self._decode, places, like, channels)

    def decode(
        self, places: Sequence[Place], like: Like | None = None, channels: int | None = None
    ) -> NDArray[np.uint8]:
        """The same as `decode`, shared out among the processes."""
        share = max(FEWEST, math.ceil(len(places) / self.count))
        parts = [self.submit(places[start : start + share], like, channels) for start in range(0, len(places), share)]
        return np.concatenate([part.result() for part in parts])

    def in_order(
        self, parts: Iterable[Sequence[Place]], like: Like | None = None, channels: int | None = None
    ) -> Iterator[NDArray[np.uint8]]:
        """Many parts decoded, each yielded in its turn; few are in memory at a time."""
        waiting: list[Future[NDArray[np.uint8]]] = []
        try:
            for part in parts:
                waiting.append(self.submit(part, like, channels))
                if len(waiting) > 2 * self.count:
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        finally:
            for one in waiting:
                one.cancel()

    def close(self) -> None:
        """End the processes. They are started anew where they are needed again."""
        while self._idle:
            stop_python(self._idle.pop())

    def _decode(self, places: Sequence[Place], like: Like | None, channels: int | None) -> NDArray[np.uint8]:
        process = self._idle_or_new()
        if process is not None:
            try:
                pixels = _ask(process, places, like, channels)
            except (OSError, ValueError):  # it has ended
                process.kill()
                stop_python(process)
            except DataError:
                self._idle.append(process)
                raise
            else:
                self._idle.append(process)
                return pixels
        return decode_here(places, like, channels)

    def _idle_or_new(self) -> "subprocess.Popen[bytes] | None":
        try:
            return self._idle.pop()
        except IndexError:
            return _started()


def _started() -> "subprocess.Popen[bytes] | None":
    try:
        return start_python("convlet.data.decoder", "answer_requests", quiet=True)
    except OSError:
        return None


def _end(threads: ThreadPoolExecutor, idle: "list[subprocess.Popen[bytes]]") -> None:
    threads.shutdown(wait=False, cancel_futures=True)
    while idle:
        stop_python(idle.pop())


def _ask(
    process: "subprocess.Popen[bytes]", places: Sequence[Place], like: Like | None, channels: int | None
) -> NDArray[np.uint8]:
    asked, told = process.stdin, process.stdout
    if asked is None or told is None:
        raise ValueError("the process has no pipes")
    request = {"places": places, "like": like and [like.name, like.height, like.width], "channels": channels}
    asked.write(json.dumps(request).encode() + b"\n")
    asked.flush()
    answer: dict[str, Any] = json.loads(told.readline())
    if "error" in answer:
        raise DataError(answer["error"])
    pixels = np.empty(answer["shape"], np.uint8)
    view, done = pixels.reshape(-1).data, 0
    while done < len(view):
        got = told.readinto(view[done:])  # type: ignore[attr-defined]
        if not got:
            raise OSError("the process ended in the middle of its answer")
        done += got
    return pixels
