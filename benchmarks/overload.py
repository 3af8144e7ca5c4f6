"""More requests than a server can answer, from several processes, and a probe beside them whose own waiting is little: `overload`.

One process can send neither five times what the server answers nor tell its own lag from the server's: an answer that waits in a busy
client looks like an answer that came late. So senders make the load, and the times that count are those of the probe, which asks a hundred times
a second and does nothing else; how late it woke up is measured as well.
"""

import collections
import contextlib
import multiprocessing
import os
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load import Found, Question

SENDERS = 2
CONNECTIONS = 200  # of all senders: three times as many as may wait
PROBE_RATE = 100  # requests a second
_PROBES = 16  # connections


@dataclass
class Sent(Found):
    """What came back to one process.

    Attributes:
        sent: requests.
        late: by how many seconds the process woke up after the time it had asked for.
    """

    sent: int = 0
    late: list[float] = field(default_factory=list)


def overload(port: int, questions: Sequence[Question], rate: float, seconds: float) -> tuple[Sent, Sent]:
    """So many requests a second, whether the server keeps up or not: what came back to the senders, all together, and to the probe."""
    start = time.time() + 1.5  # by when every process is there
    share = (port, questions, rate / SENDERS, CONNECTIONS // SENDERS, start, seconds)
    with multiprocessing.get_context("spawn").Pool(SENDERS, os.nice, (5,)) as pool:
        sending = pool.starmap_async(send, [share] * SENDERS)
        probe = send(port, questions, PROBE_RATE, _PROBES, start, seconds)
        return _together(sending.get()), probe


def send(port: int, questions: Sequence[Question], rate: float, connections: int, start: float, seconds: float) -> Sent:
    """Send requests at a rate, one at a time over each connection; a request whose turn comes while none is free is left out and counted."""
    found, selector = Sent(), selectors.DefaultSelector()
    free: collections.deque[_Connection] = collections.deque()
    for _ in range(connections):
        connection = _Connection(port)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        free.append(connection)
    time.sleep(max(0.0, start - time.time()))
    began, turn, asked = time.perf_counter(), 0, 0
    while (now := time.perf_counter() - began) < seconds or len(free) < connections:
        due = int(min(now, seconds) * rate)
        for number in range(turn, due):
            if free:
                free.popleft().ask(questions[number % len(questions)])
                asked += 1
            else:
                found.skipped += 1
        turn = due
        pause = max(0.0005, (turn + 1) / rate - now)
        events = selector.select(pause)
        if not events:
            found.late.append(max(0.0, time.perf_counter() - began - now - pause))
        for key, _ in events:
            connection = key.data
            if connection.answered(found):
                free.append(connection)
            elif connection.ended:
                selector.unregister(connection.socket)
                connections -= 1
    found.sent = asked
    for connection in free:
        connection.socket.close()
    return found


class _Connection:
    """One connection, one request at a time."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ended = False
        self._received = b""

    def ask(self, question: Question) -> None:
        """Send a request, which is shorter than what the system takes at once."""
        self._question, self._began = question, time.perf_counter()
        with contextlib.suppress(OSError):  # reading tells of it
            self.socket.sendall(question.kept)

    def answered(self, found: Sent) -> bool:
        """Read; whether the answer is whole, which is then noted."""
        try:
            data = self.socket.recv(65_536)
        except OSError:
            data = b""
        if not data:
            self.ended = True
            found.lost.append("the connection was closed over a request")
            return False
        self._received += data
        head, _, body = self._received.partition(b"\r\n\r\n")
        place = head.find(b"content-length: ")
        if place < 0 or len(body) < int(head[place + 16 :].split(b"\r", 1)[0]):
            return False
        self._received = b""
        seconds, status = time.perf_counter() - self._began, int(head[9:12])
        if status == 200:
            found.answered.append(seconds)
            if self._question.label is not None and f'"label":"{self._question.label}"'.encode() not in body:
                found.wrong.append(f"{body[:40]!r} for {self._question.label}")
        elif status == 429:
            found.refused.append(seconds)
        else:
            found.others[status] = found.others.get(status, 0) + 1
        return True


def _together(parts: Sequence[Sent]) -> Sent:
    whole = Sent()
    for part in parts:
        whole.sent += part.sent
        whole.skipped += part.skipped
        whole.answered += part.answered
        whole.refused += part.refused
        whole.late += part.late
        whole.wrong += part.wrong
        whole.lost += part.lost
        for status, count in part.others.items():
            whole.others[status] = whole.others.get(status, 0) + count
    return whole
