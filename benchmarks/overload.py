"""More requests than a server can answer: several processes send them, and a probe measures beside them.

One process cannot send that many, nor tell its own lag from the server's: an answer that lies unread in a busy client
looks late. So senders make the load and the probe, which mostly waits, measures, also how late it wakes up itself. The
senders have a lower priority, since real clients take no time from the server.
"""

import collections
import multiprocessing
import os
import selectors
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from benchmarks.load import Found, Question

SENDERS = 2
CONNECTIONS = 200  # of all senders; three times as many as may wait
PROBE_RATE = 100  # requests a second
_PROBES = 16  # connections
_NICER = 5
_THERE = 1.5  # seconds until every process has started


@dataclass
class Sent(Found):
    """What came back to a process.

    Attributes:
        sent: requests.
        skipped: requests that were due while every connection waited for an answer.
        late: seconds by which the process woke up late.
    """

    sent: int = 0
    skipped: int = 0
    late: list[float] = field(default_factory=list)

    def add(self, other: "Sent") -> None:
        """Add what came back to another process."""
        self.sent += other.sent
        self.skipped += other.skipped
        self.answered += other.answered
        self.refused += other.refused
        self.late += other.late
        self.wrong += other.wrong
        self.lost += other.lost
        for status, count in other.others.items():
            self.others[status] = self.others.get(status, 0) + count


def overload(port: int, questions: Sequence[Question], rate: float, seconds: float) -> tuple[Sent, Sent]:
    """Send `rate` requests a second, whether the server keeps up or not. Return the results of senders and probe."""
    start, every = time.time() + _THERE, Sent()
    share = (port, questions, rate / SENDERS, CONNECTIONS // SENDERS, start, seconds)
    with multiprocessing.get_context("spawn").Pool(SENDERS, os.nice, (_NICER,)) as pool:
        sending = pool.starmap_async(send, [share] * SENDERS)
        probe = send(port, questions, PROBE_RATE, _PROBES, start, seconds)
        for found in sending.get():
            every.add(found)
    return every, probe


def send(port: int, questions: Sequence[Question], rate: float, connections: int, start: float, seconds: float) -> Sent:
    """Send requests at a rate, from `start` on, one at a time over each connection."""
    found, selector = Sent(), selectors.DefaultSelector()
    free = collections.deque(_Connection(port) for _ in range(connections))
    for connection in free:
        selector.register(connection.socket, selectors.EVENT_READ, connection)
    time.sleep(max(0.0, start - time.time()))
    began, turn = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < seconds or len(free) < connections:
        due = int(min(now, seconds) * rate)
        for number in range(turn, due):
            if free:
                free.popleft().ask(questions[number % len(questions)])
                found.sent += 1
            else:
                found.skipped += 1
        turn = due
        pause = max(0.0005, (turn + 1) / rate - now)
        events = selector.select(pause)
        if not events:
            found.late.append(time.perf_counter() - began - now - pause)
        for key, _ in events:
            connection = key.data
            if connection.closed():
                found.lost.append("closed")
                selector.unregister(connection.socket)
                connections -= 1
            elif connection.answered(found):
                free.append(connection)
    for connection in free:
        connection.socket.close()
    return found


class _Connection:
    """One connection, one request at a time; asyncio would take several times as long."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def ask(self, question: Question) -> None:
        """Send a request, which fits into the system's buffer."""
        self._question, self._began = question, time.perf_counter()
        self.socket.sendall(question.kept)

    def closed(self) -> bool:
        """Read, and return whether the connection ended."""
        data = self.socket.recv(65_536)
        self._received += data
        return not data

    def answered(self, found: Sent) -> bool:
        """Note the answer if it is whole, and return whether it is."""
        head, _, body = self._received.partition(b"\r\n\r\n")
        place = head.find(b"content-length: ")
        if place < 0 or len(body) < int(head[place + 16 :].split(b"\r", 1)[0]):
            return False
        self._received = b""
        seconds, status = time.perf_counter() - self._began, int(head[9:12])
        if status == 200:
            found.answered.append(seconds)
            if f'"label":"{self._question.label}"'.encode() not in body:
                found.wrong.append(f"{body[:40]!r} for {self._question.label}")
        elif status == 429:
            found.refused.append(seconds)
        else:
            found.others[status] = found.others.get(status, 0) + 1
        return True
