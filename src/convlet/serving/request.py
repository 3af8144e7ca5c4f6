"""What comes in: a request, of which no more is read and held than its route asks for."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl

from convlet.serving import limits
from convlet.serving.response import GoneError, RefusedError, busy

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Bodies:
    """The bytes of all large bodies in memory, bounded."""

    def __init__(self) -> None:
        self.held = 0

    def take(self, count: int) -> None:
        """Count further bytes.

        Raises:
            RefusedError: 429, there are too many already.
        """
        if self.held + count > limits.BODIES:
            raise busy("Too many large pictures are being sent.")
        self.held += count


class Request:
    """One request, and what has been read of it.

    Attributes:
        method, path: the path decoded, without the query.
        received: bytes of the body so far.
        complete: whether the body has come to its end.
        gone: tells from any thread whether the client has hung up.
        deadline: of time.monotonic(): an answer that comes later is of no use.
    """

    __slots__ = ("_bodies", "_headers", "_receive", "_scope", "complete", "deadline", "gone", "held", "method", "path", "received")

    def __init__(self, scope: Scope, receive: Receive, bodies: Bodies, deadline: float) -> None:
        self._scope, self._receive, self._bodies = scope, receive, bodies
        self._headers: list[tuple[bytes, bytes]] = scope["headers"]
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.received, self.held, self.complete, self.deadline = 0, 0, False, deadline
        self.gone: Callable[[], bool] = scope.get("state", {}).get("gone", _never)

    def header(self, name: bytes) -> bytes | None:
        """The first header of a name in lower case."""
        for key, value in self._headers:
            if key == name:
                return value
        return None

    def flags(self, *names: str) -> list[bool]:
        """For each name whether the query has NAME=1.

        Raises:
            RefusedError: 400, one of them is neither 0 nor 1.
        """
        query = self._scope["query_string"]
        if not query:
            return [False] * len(names)
        given = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
        found = dict.fromkeys(names, False)
        for name, value in given:
            if name in found:
                if value not in ("0", "1"):
                    raise RefusedError(400, "bad_query", f"The query has {name}={value[:40]!r}; expected 0 or 1.")
                found[name] = value == "1"
        return list(found.values())

    def require_type(self, *types: bytes) -> None:
        """Check what the body is said to be, where image/* stands for any image. No Content-Type at all is taken for the right one.

        Raises:
            RefusedError: 415, another type, or a compressed body.
        """
        encoding = self.header(b"content-encoding")
        if encoding is not None and encoding.strip().lower() != b"identity":
            raise RefusedError(415, "encoded_body", f"The body is encoded ({encoding[:40].decode('latin-1')}). Send it as it is.")
        given = self.header(b"content-type")
        if given is None:
            return
        kind = given.partition(b";")[0].strip().lower()
        if kind not in types and kind.partition(b"/")[0] + b"/*" not in types:
            expected = b", ".join(types).decode()
            raise RefusedError(415, "wrong_type", f"The body is {given[:80].decode('latin-1')!r}. Expected one of {expected}.")

    async def body(self, limit: int = limits.BODY) -> bytes:
        """The whole body.

        Raises:
            RefusedError: 413, it is longer than the limit, which is noticed before more of it is read; 429, too many are being sent.
            GoneError: the client hung up.
        """
        declared = self.header(b"content-length")
        if declared is not None and int(declared) > limit:
            raise _too_large(limit)
        chunk, more = await self._next()
        if not more and len(chunk) <= limit:
            return chunk
        chunks = [chunk]
        self._hold(int(declared) if declared is not None else 0)
        while more:
            if self.received > limit:
                raise _too_large(limit)
            self._hold(self.received)
            chunk, more = await self._next()
            chunks.append(chunk)
        if self.received > limit:
            raise _too_large(limit)
        return b"".join(chunks)

    async def discard(self) -> None:
        """Read what is left of a refused body, if the connection ends with it: closed over unread bytes, it would take the answer along."""
        closes = self._scope["http_version"] == "1.0" or b"close" in (self.header(b"connection") or b"").lower()
        if self.complete or not closes or self.header(b"expect"):
            return
        try:
            async with asyncio.timeout(2):
                while not self.complete and self.received < 4 * limits.BODY:
                    await self._next()
        except (TimeoutError, GoneError):
            pass

    def done(self) -> None:
        """The body is needed no longer."""
        self._bodies.held -= self.held
        self.held = 0

    def _hold(self, count: int) -> None:
        if count > self.held:
            self._bodies.take(count - self.held)
            self.held = count

    async def _next(self) -> tuple[bytes, bool]:
        message = await self._receive()
        if message["type"] != "http.request":
            self.complete = True
            raise GoneError
        chunk: bytes = message.get("body", b"")
        self.received += len(chunk)
        more: bool = message.get("more_body", False)
        self.complete = not more
        return chunk, more


def _never() -> bool:
    return False


def _too_large(limit: int) -> RefusedError:
    return RefusedError(413, "too_large", f"The body is longer than {limit:,} bytes. Send a smaller one.")
