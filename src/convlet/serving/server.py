"""Start and end: nobody is answered before the model is warm, and nobody who was let in is left without an answer."""

import asyncio
import contextlib
import ctypes
import errno
import logging
import signal
import socket
import struct
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import uvicorn

from convlet.errors import InputError
from convlet.predictor import Predictor
from convlet.serving import limits
from convlet.serving.app import App
from convlet.serving.connection import Connection
from convlet.serving.log import Log
from convlet.serving.settings import Settings

_GRACE = 0.5  # seconds that a quiet connection stays open once the end has begun: a request may be on its way
_TICK = 0.02
_LAST = 2.0  # seconds beyond every deadline after which connections are cut
_SO_ATTACH_FILTER = 26  # Linux


def serve(model: Path, settings: Settings, log: BinaryIO, on_ready: Callable[[str], None]) -> None:
    """Serve a model until SIGTERM or Ctrl-C; then answer everyone who was let in, and return.

    Args:
        model: a run folder, an `.onnx` or a `.keras` file.
        settings: where and how.
        log: gets one line of JSON for each request; see `Log`.
        on_ready: told the URL once requests are answered.

    Raises:
        InputError: the address cannot be listened on.
        ModelError: there is no such model.
    """
    listener = bound(settings)
    with contextlib.closing(listener):
        predictor = Predictor(model, threads=1)
        predictor.predict(np.zeros((1, *predictor.signature.input_shape), np.uint8))
        lines = Log(log)
        with contextlib.closing(lines):
            Server(App(predictor, settings, lines), settings, lines, on_ready).run([listener])


class Server(uvicorn.Server):
    """uvicorn's, with another end. `run([socket])` returns after it.

    uvicorn closes the listening socket over connections that the system has accepted and nobody has looked at, and quiet connections over
    requests that are on their way; both would be lost.
    """

    def __init__(self, app: App, settings: Settings, log: Log, on_ready: Callable[[str], None]) -> None:
        for name in ("uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [log], False
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.KEEP_ALIVE,
        )
        super().__init__(config)
        self._app, self._settings, self._on_ready = app, settings, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        try:
            await super().startup(sockets)
        except OSError as error:  # another program was quicker, between our bind and our listen
            raise _cannot_listen(self._settings, error) from error
        for lane in self._app.lanes:
            lane.start(asyncio.get_running_loop())
        if self.started and sockets:
            self._on_ready(_url(self._settings.host, sockets[0]))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let in who already knocked and nobody else; answer all of them; end quiet connections after a grace."""
        self._app.draining = True
        loop = asyncio.get_running_loop()
        for client in [client for listener in sockets or [] for client in _last_clients(listener)]:
            await loop.connect_accepted_socket(self._connection, client)
        for server in self.servers:
            server.close()
        began = loop.time()
        last = began + max(self._settings.deadline, limits.PATIENCE) + _LAST
        while (self.server_state.connections or self.server_state.tasks) and not self.force_exit and loop.time() < last:
            for connection in list(self.server_state.connections):
                if isinstance(connection, Connection) and _is_over(connection, began, loop.time()):
                    connection.transport.close()
            await asyncio.sleep(_TICK)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for lane in self._app.lanes:
            await asyncio.to_thread(lane.close)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Take SIGTERM and Ctrl-C as the wish to end; the process then exits as it likes, and not by the signal."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _connection(self) -> Connection:
        return Connection(self.config, self.server_state, self.lifespan.state)


def _is_over(connection: Connection, began: float, now: float) -> bool:
    """Whether nothing has come over a connection for a while."""
    quiet = connection.quiet_since
    return quiet is not None and now - max(quiet, began) > _GRACE


def _last_clients(listener: socket.socket) -> Sequence[socket.socket]:
    """The connections that the system has accepted; the listener then takes no more."""
    if sys.platform == "linux":
        # Whoever comes now is not seen at all, for the moment between looking and closing: a filter of one instruction, "keep nothing".
        program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))
        with contextlib.suppress(OSError):
            listener.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(program)))
    clients = []
    listener.setblocking(False)
    with contextlib.suppress(BlockingIOError, OSError):
        while True:
            client, _ = listener.accept()
            client.setblocking(False)
            clients.append(client)
    with contextlib.suppress(OSError):  # where a listening socket cannot be shut down
        listener.shutdown(socket.SHUT_RDWR)
    return clients


def bound(settings: Settings) -> socket.socket:
    """A socket at the address, not yet listening.

    Raises:
        InputError: it cannot be had.
    """
    family, address = settings.addresses()[0]
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
        listener.bind((address, settings.port))
    except OSError as error:
        listener.close()
        raise _cannot_listen(settings, error) from error
    return listener


def _cannot_listen(settings: Settings, error: OSError) -> InputError:
    where = f"port {settings.port} of {settings.host}"
    if error.errno == errno.EADDRINUSE:
        return InputError(f"{where} is taken by another program. Choose another with --port, or 0 for any that is free.")
    return InputError(f"cannot listen on {where}: {error.strerror or error}. Choose another with --host and --port.")


def _url(host: str, listener: socket.socket) -> str:
    port = listener.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
