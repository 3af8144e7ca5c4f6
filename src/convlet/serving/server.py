"""Start and end: nobody is answered before the model is warm, and nobody who was let in is left without an answer."""

import asyncio
import contextlib
import gc
import logging
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import uvicorn

from convlet.prediction.predictor import Predictor
from convlet.serving import limits
from convlet.serving.app import App
from convlet.serving.connection import Connection
from convlet.serving.door import Door
from convlet.serving.log import Log
from convlet.serving.settings import Settings

_GRACE = 0.5  # seconds that a quiet connection stays open once the end has begun: a request may be on its way
_TICK = 0.02
_LAST = 2.0  # seconds beyond every deadline after which connections are cut


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
    door = Door(settings)
    with contextlib.ExitStack() as last:
        last.callback(door.discard)
        predictor = Predictor(model, threads=1)
        predictor.predict(np.zeros((1, *predictor.signature.input_shape), np.uint8))
        lines = last.enter_context(contextlib.closing(Log(log)))
        server = Server(App(predictor, settings, lines), settings, lines, door, on_ready)
        gc.collect()
        gc.freeze()  # looking through all that was imported takes 40 ms, again and again, and everyone waits
        server.run()


class Server(uvicorn.Server):
    """uvicorn's, with another beginning and end. `run()` returns after it.

    uvicorn closes the listening socket over clients whom the system has let in and nobody has looked at, and quiet connections over
    requests that are on their way; both would be lost.
    """

    def __init__(self, app: App, settings: Settings, log: Log, door: Door, on_ready: Callable[[str], None]) -> None:
        for name in ("uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [log], False
        config = uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            lifespan="off",
            loop="asyncio:SelectorEventLoop"
            if sys.platform == "win32"
            else "auto",  # one that watches a socket for the door
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=limits.KEEP_ALIVE,
        )
        super().__init__(config)
        self._app, self._settings, self._door, self._on_ready = app, settings, door, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        for lane in self._app.lanes:
            lane.start(asyncio.get_running_loop())
        self._door.open(lambda: Connection(self.config, self.server_state, {}))
        self.started = True
        self._on_ready(self._door.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let in who already knocked and nobody else; answer all of them; end quiet connections after a grace."""
        self._app.draining = True
        await self._door.close()
        loop = asyncio.get_running_loop()
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


def _is_over(connection: Connection, began: float, now: float) -> bool:
    """Whether nothing has come over a connection for a while."""
    quiet = connection.quiet_since
    return quiet is not None and now - max(quiet, began) > _GRACE
