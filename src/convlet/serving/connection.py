"""Extend uvicorn's connection so that it does not wait forever for slow clients.

uvicorn has no public settings for this, so its protocol class is extended; pyproject.toml caps its version.
"""

import asyncio
import re
from types import SimpleNamespace
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from convlet.serving import limits
from convlet.serving.app import Written
from convlet.serving.refusal import RefusedError

_UPGRADE = re.compile(rb"\r\nupgrade:", re.IGNORECASE)
_ANSWERED: Any = SimpleNamespace(response_complete=True, disconnected=False, message_event=asyncio.Event())
"""Replaces uvicorn's request cycle after a request that was answered without one."""


class Connection(HttpToolsProtocol):
    """Adds to uvicorn's protocol:

    - If there are `limits.CONNECTIONS`, the one that has waited longest for a request gives way to a new one.
    - A head must arrive within `limits.PATIENCE` seconds and `limits.HEAD` bytes. The rest of a refused body has the
      same time: it is read so that a client still sending can read the refusal.
    - A request whose queue is full is refused without a task.
    - `scope["state"]["gone"]` tells the application whether the client hung up.
    - On shutdown an idle connection stays open for `limits.GRACE` seconds: a request may be on its way.
    - Anything that is not HTTP is refused in JSON.
    - An offer of HTTP/2 is ignored, as HTTP/1.1 allows. httptools would take the body for the other protocol.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._in_head = self._in_body = False
        self._head = 0  # bytes
        self._waiting_since: float | None = None
        self.idle_since = 0.0  # when it was made, or last answered
        self._app: Any = self.config.app

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock; if there are too many connections, an idle one gives way, or else this one."""
        super().connection_made(transport)
        self.idle_since = self.loop.time()
        open_ones: list[Any] = [one for one in self.connections if not one.transport.is_closing()]
        if len(open_ones) > limits.CONNECTIONS:
            idle = (one for one in open_ones if one is not self and one.idle)
            gives_way = min(idle, key=lambda one: one.idle_since, default=self)
            gives_way.transport.abort()
            if gives_way is self:
                return
        self._close_in(limits.PATIENCE)

    @property
    def idle(self) -> bool:
        """Whether no request is being read or answered; a head that has only begun does not count."""
        return self._answered and not self._in_body

    def data_received(self, data: bytes) -> None:
        """Parse, and limit how long the client may take."""
        super().data_received(data if self._in_body else _without_upgrade(data))
        if self.transport.is_closing():
            return
        if self._in_head or (self._in_body and self._answered):
            now = self.loop.time()
            if self._waiting_since is None:
                self._waiting_since = now
            self._close_in(self._waiting_since + limits.PATIENCE - now)
            self._head += len(data)
            if self._in_head and self._head > limits.HEAD:
                self._refuse_head()
        else:
            self._waiting_since, self._head = None, 0
            if self._answered and self.timeout_keep_alive_task is None:  # a refused body is read
                self._close_in(self.timeout_keep_alive)

    def on_message_begin(self) -> None:
        """Note that a head begins."""
        self._in_head = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Refuse the request, or start its task."""
        self._in_head, self._in_body = False, True
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > limits.HEAD:  # in one piece
            self.cycle = _ANSWERED
            self._refuse_head()
            return
        if sum(name == b"host" for name, _ in self.headers) > 1:  # as RFC 9112 asks
            self.cycle = _ANSWERED
            self.send_400_response("The header Host comes twice.")
            return
        route = None
        if self._answered and self.parser.should_keep_alive() and self.parser.get_http_version() == "1.1":
            route = self._app.queued(self.parser.get_method(), self.url)
        if route and (refusal := self._app.refuse_early(route, self.url, self.headers, self.client)):
            self._write(refusal)
            self.cycle = _ANSWERED
            self.on_response_complete()
            return
        super().on_headers_complete()
        cycle = self.cycle
        self.scope["state"].update(gone=lambda: cycle.disconnected, admitted=route is not None)

    def on_message_complete(self) -> None:
        """Note that the body is complete."""
        self._in_body = False
        self.idle_since = self.loop.time()
        super().on_message_complete()
        if not self.pipeline:  # uvicorn pauses on a large body, and would miss a hang-up
            self.flow.resume_reading()

    def shutdown(self) -> None:
        """Close after `limits.GRACE` idle seconds, or with the answer if the application's header says so."""
        self.timeout_keep_alive = limits.GRACE  # type: ignore[assignment]  # seconds, for a timer
        if self._answered and not self._in_head and not self._in_body:
            self._close_in(limits.GRACE)

    def send_400_response(self, msg: str) -> None:
        """Refuse anything that is not HTTP."""
        self._refuse(400, "bad_http", msg)

    @property
    def _answered(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    def _refuse_head(self) -> None:
        self._refuse(431, "head_too_large", f"The headers are longer than {limits.HEAD} bytes.")

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._write(self._app.written(RefusedError(status, code, message, {"connection": "close"})))
        self.transport.close()

    def _write(self, answer: Written) -> None:
        status, headers, body = answer
        lines = b"".join([b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers)])
        self.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[status], lines, body))

    def _close_in(self, seconds: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)


def _without_upgrade(data: bytes) -> bytes:
    end = data.find(b"\r\n\r\n")
    head = data if end < 0 else data[:end]
    return data if _UPGRADE.search(head) is None else _UPGRADE.sub(b"\r\nx-upgrade:", head) + data[len(head) :]
