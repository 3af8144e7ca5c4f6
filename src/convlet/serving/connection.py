"""A connection: uvicorn's, which waits for its client as long as the client likes, and an end to that."""

import asyncio
import json
import re
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from convlet.serving import limits

_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)


class _Answered:
    """Stands where uvicorn keeps the request that it is answering, once it was answered without it."""

    response_complete = True
    disconnected = False
    message_event = asyncio.Event()


_ANSWERED: Any = _Answered()


class Connection(HttpToolsProtocol):
    """Adds to uvicorn's protocol:

    - a request's head must arrive within `limits.PATIENCE`, and be no longer than `limits.HEAD`; so must the rest of a body that was
      refused, which is read so that the client, still sending, comes to read the refusal;
    - the application learns whether the client has hung up, by `scope["state"]["gone"]`;
    - `quiet_since`, for the server's end;
    - a refusal in JSON of what is no HTTP;
    - an offer to speak HTTP/2 is passed over, as HTTP/1.1 allows: httptools would take the request's body for the other protocol.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._in_head = False
        self._in_body = False
        self._head = 0  # bytes
        self._waiting_since: float | None = None
        self.quiet_since: float | None = None
        """Since when, in the loop's time, neither a request was on its way nor an answer; None if one is."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client has come."""
        super().connection_made(transport)
        self.quiet_since = self.loop.time()
        if len(self.connections) > limits.CONNECTIONS:
            transport.close()
        else:
            self._close_at(self.quiet_since + limits.PATIENCE)

    def data_received(self, data: bytes) -> None:
        """The client sends."""
        if not self._in_body:
            data = _without_upgrade(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        now = self.loop.time()
        answered = self.cycle is None or self.cycle.response_complete
        if self._in_head or (self._in_body and answered):
            if self._waiting_since is None:
                self._waiting_since = now
            self._close_at(self._waiting_since + limits.PATIENCE)
            self._head += len(data)
            if self._in_head and self._head > limits.HEAD:
                self._refuse(431, "head_too_large", f"The request's headers are longer than {limits.HEAD} bytes.")
        else:
            self._waiting_since, self._head = None, 0
            if answered and self.timeout_keep_alive_task is None:  # the rest of a refused body has come
                self._close_at(now + limits.KEEP_ALIVE)
        self.quiet_since = now if answered and not self._in_head and not self._in_body else None

    def on_message_begin(self) -> None:
        """A request's first byte."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its head is whole."""
        self._in_head, self._in_body = False, True
        if self._turned_away():
            return
        super().on_headers_complete()
        cycle = self.cycle
        self.scope["state"]["gone"] = lambda: cycle.disconnected

    def on_message_complete(self) -> None:
        """Its body is whole."""
        self._in_body = False
        super().on_message_complete()
        if not self.pipeline:  # uvicorn stops reading over a large body, and would not see its client hang up
            self.flow.resume_reading()

    def on_response_complete(self) -> None:
        """An answer is on its way."""
        super().on_response_complete()
        if not self._in_head and not self._in_body and self.cycle.response_complete:
            self.quiet_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:
        """What came is no HTTP."""
        self._refuse(400, "bad_http", msg)

    def _turned_away(self) -> bool:
        """Whether the application had no room for this request, which is then answered."""
        idle = self.cycle is None or self.cycle.response_complete
        if not idle or not self.parser.should_keep_alive() or self.parser.get_http_version() != "1.1":
            return False
        answer = self.config.app.turned_away(self.parser.get_method(), self.url, self.headers)  # type: ignore[union-attr]
        if answer is None:
            return False
        status, headers, body = answer
        self._write(status, [*self.server_state.default_headers, *headers], body)
        self.cycle = _ANSWERED
        self.on_response_complete()
        return True

    def _refuse(self, status: int, code: str, message: str) -> None:
        body = json.dumps({"error": {"code": code, "message": message}}).encode()
        length = str(len(body)).encode()
        close = (b"connection", b"close")
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", length),
            (b"x-content-type-options", b"nosniff"),
            close,
        ]
        self._write(status, headers, body)
        self.transport.close()

    def _write(self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes) -> None:
        lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body))

    def _close_at(self, when: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_at(when, self.timeout_keep_alive_handler)


def _without_upgrade(data: bytes) -> bytes:
    """The same head with its Upgrade header renamed."""
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[:end]
    return data if _UPGRADE.search(head) is None else _UPGRADE.sub(b"\r\nx-upgrade:", head) + data[len(head) :]
