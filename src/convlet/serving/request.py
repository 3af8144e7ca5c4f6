"""Extend Starlette's request: it reads and holds no more of the body than its route needs."""

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import starlette.requests
from starlette.types import Message, Receive, Scope

from convlet.serving import limits
from convlet.serving.refusal import RefusedError, busy


@dataclass
class Bodies:
    """The total bytes of all large bodies in memory."""

    held: int = 0


class Request(starlette.requests.Request):
    """One request. `body()` and `stream()` raise ClientDisconnect and the errors of `_bounded`.

    Attributes:
        received: bytes of the body so far.
        complete: whether the whole body has arrived.
        gone: returns whether the client hung up; callable on any thread.
        deadline: time.monotonic() at which the answer is late.
    """

    def __init__(self, scope: Scope, receive: Receive, bodies: Bodies, deadline: float) -> None:
        super().__init__(scope, self._bounded)
        self._unbounded, self._bodies, self._held = receive, bodies, 0
        self.received, self.complete, self.deadline = 0, False, deadline
        self.gone: Callable[[], bool] = scope["state"]["gone"]
        scope["request"] = self  # for the route

    def flags(self, *names: str) -> list[bool]:
        """Return whether the query has NAME=1, for each name.

        Raises:
            RefusedError: 400, a value is neither 0 nor 1, or the query has other names.
        """
        self._require_names(names)
        for name, value in self.query_params.multi_items():
            if value not in ("0", "1"):
                raise RefusedError(400, "bad_query", f"{name}={value[:40]!r} in the query; expected 0 or 1.")
        return [self.query_params.get(name) == "1" for name in names]

    def words(self, *names: str) -> list[str | None]:
        """Return the query's value of each name, None without it.

        Raises:
            RefusedError: 400, a value is longer than 200 characters, or the query has other names.
        """
        self._require_names(names)
        values = [self.query_params.get(name) for name in names]
        for name, value in zip(names, values, strict=True):
            if value is not None and len(value) > limits.WORD:
                raise RefusedError(
                    400,
                    "bad_query",
                    f"{name} has {len(value):,} characters in the query; expected at most {limits.WORD}.",
                )
        return values

    def _require_names(self, names: Sequence[str]) -> None:
        for name in self.query_params:
            if name not in names:
                raise RefusedError(
                    400, "bad_query", f"the query has {name[:40]!r}; expected {', '.join(names) or 'none'}."
                )

    def require_type(self, *types: str) -> None:
        """Check the Content-Type, if any; image/* stands for any image.

        Raises:
            RefusedError: 415, another type, or a compressed body.
        """
        encoding = self.headers.get("content-encoding", "identity")
        if encoding.strip().lower() != "identity":
            raise RefusedError(415, "encoded_body", f"The body is encoded ({encoding[:40]}). Send it unencoded.")
        given = self.headers.get("content-type")
        if given is None:
            return
        kind = given.partition(";")[0].strip().lower()
        if kind not in types and kind.partition("/")[0] + "/*" not in types:
            raise RefusedError(415, "wrong_type", f"The body is {given[:80]!r}. Expected one of {', '.join(types)}.")

    async def discard(self) -> None:
        """Read the rest of a refused body if the connection closes afterward: unread bytes would reset it."""
        closes = self.scope["http_version"] == "1.0" or "close" in self.headers.get("connection", "").lower()
        if self.complete or not closes or "expect" in self.headers:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(2):
                while not self.complete and self.received < 4 * limits.BODY:
                    await self._counted()

    def done(self) -> None:
        """Release the body."""
        self._bodies.held -= self._held
        self._held = 0

    async def _counted(self) -> Message:
        message = await self._unbounded()
        self.received += len(message.get("body", b""))
        self.complete = not message.get("more_body", False)
        return message

    async def _bounded(self) -> Message:
        """Return the next part of the body.

        Raises:
            RefusedError: 413, the body is or will be too long; 429, clients send too much.
        """
        declared = int(self.headers.get("content-length", 0))
        if declared <= limits.BODY:
            message = await self._counted()
        if max(declared, self.received) > limits.BODY:
            raise RefusedError(413, "too_large", f"The body has more than {limits.BODY:,} bytes. Send fewer.")
        if not self.complete and (more := max(declared, self.received) - self._held) > 0:
            if self._bodies.held + more > limits.BODIES:
                raise busy("Too many large pictures are being sent.")
            self._bodies.held += more
            self._held += more
        return message
