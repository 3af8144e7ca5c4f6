"""A lean HTTP client on raw sockets that checks every answer; `benchmarks.serving` loads a server with it."""

import asyncio
import functools
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Question:
    """A picture and the expected label, or None for any."""

    body: bytes
    label: str | None
    path: str = "/predict"

    @functools.cached_property
    def kept(self) -> bytes:
        """The bytes of the request."""
        return self.request()

    def request(self, close: bool = False) -> bytes:
        """Return the bytes of the request; `close` ends the connection with the answer."""
        end = "Connection: close\r\n" if close else ""
        head = f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/png\r\n"
        return f"{head}Content-Length: {len(self.body)}\r\n{end}\r\n".encode() + self.body


@dataclass
class Found:
    """What came back: times in seconds, wrong and lost answers as text."""

    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    others: dict[int, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)


class Connection(asyncio.Protocol):
    """One connection, one request at a time."""

    def __init__(self, found: Found) -> None:
        self.found, self.free, self.ended = found, asyncio.Event(), False
        self._received = b""
        self._question: Question | None = None
        self._began = 0.0
        self.free.set()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Keep the transport."""
        self.transport = transport

    def ask(self, question: Question, close: bool = False) -> None:
        """Send a request; `free` is set once its answer is here."""
        self._question, self._began = question, time.perf_counter()
        self.free.clear()
        self.transport.write(question.request(close) if close else question.kept)

    def data_received(self, data: bytes) -> None:
        """Collect an answer and note it once it is whole."""
        self._received += data
        head, found, rest = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        start = head.index(b"content-length: ") + 16
        length = int(head[start : (head + b"\r").index(b"\r", start)])
        if len(rest) < length:
            return
        self._received = rest[length:]
        self._note(int(head[9:12]), rest[:length])
        if b"connection: close" in head:
            self.ended = True
            self.transport.close()
        self.free.set()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note a loss if an answer was due."""
        self.ended = True
        if self._question is not None:
            self.found.lost.append(repr(exc))
            self._question = None
        self.free.set()

    def _note(self, status: int, body: bytes) -> None:
        seconds = time.perf_counter() - self._began
        question, self._question = self._question, None
        if status == 200:
            self.found.answered.append(seconds)
            if question and question.label is not None and json.loads(body)["label"] != question.label:
                self.found.wrong.append(f"{json.loads(body)['label']} for {question.label}")
        elif status == 429:
            self.found.refused.append(seconds)
        else:
            self.found.others[status] = self.found.others.get(status, 0) + 1


async def connected(port: int, found: Found) -> Connection:
    """Return a new connection.

    Raises:
        ConnectionRefusedError: the server does not listen.
    """
    _, connection = await asyncio.get_running_loop().create_connection(lambda: Connection(found), "127.0.0.1", port)
    return connection


async def closed_loop(
    port: int, questions: Sequence[Question], connections: int, seconds: float, found: Found
) -> float:
    """Ask over several connections, each again once it is answered. Return the seconds it took."""
    began = time.perf_counter()

    async def one(start: int) -> None:
        connection = await connected(port, found)
        number = start
        while time.perf_counter() - began < seconds and not connection.ended:
            connection.ask(questions[number % len(questions)])
            await connection.free.wait()
            number += connections
        connection.transport.close()

    await asyncio.gather(*(one(start) for start in range(connections)))
    return time.perf_counter() - began


async def until_the_end(port: int, questions: Sequence[Question], connections: int, found: Found) -> None:
    """Ask until the server stops listening. Every other connection ends with each answer."""

    async def one(start: int) -> None:
        number = start
        while True:
            try:
                connection = await connected(port, found)
            except ConnectionRefusedError:
                return
            while not connection.ended:
                connection.ask(questions[number % len(questions)], close=start % 2 == 1)
                await connection.free.wait()
                number += 1

    await asyncio.gather(*(one(start) for start in range(connections)))
