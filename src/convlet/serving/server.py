"""Answer requests only once the model is warm, and every accepted request before exit."""

import asyncio
import contextlib
import gc
import logging
import math
import signal
import socket
import sys
import threading
from collections.abc import Callable
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
from convlet.system.extras import require_train
from convlet.system.windows import ENDING

_LAST = 2.0  # seconds after every deadline until connections are cut


def serve(model: Path, settings: Settings, log: BinaryIO, on_ready: Callable[[str], None]) -> None:
    """Serve a model until SIGTERM or Ctrl-C; then answer every accepted request, and return.

    Args:
        model: a run folder, an `.onnx` or a `.keras` file.
        settings: where and how to serve.
        log: gets one line of JSON for each request; see `Log`.
        on_ready: receives the URL once the server answers.

    Raises:
        InputError: the server cannot listen at the address, or another one teaches from the folder.
        ModelError: there is no such model.
    """
    door = Door(settings)
    with contextlib.ExitStack() as last:
        last.callback(door.discard)
        teacher = None
        if settings.teach:
            require_train("teaching")
            from convlet.training.teaching import Teacher

            teacher = last.enter_context(contextlib.closing(Teacher(settings.teach, model)))
            predictor = teacher.predictor(teacher.answers)
        else:
            predictor = Predictor(model, threads=1)
            predictor.predict(np.zeros((1, *predictor.signature.input_shape), np.uint8))
        lines = last.enter_context(contextlib.closing(Log(log)))
        server = Server(App(predictor, settings, lines, teacher), settings, lines, door, on_ready)
        if threading.current_thread() is threading.main_thread():
            # uvicorn ends by raising its signals again for the previous handlers; the default ones would kill.
            for number in ENDING:
                last.callback(signal.signal, number, signal.signal(number, server.handle_exit))
        gc.collect()
        gc.freeze()  # a pass over all imported objects takes 40 ms, and everyone waits
        server.run(sockets=[])


class Server(uvicorn.Server):
    """uvicorn's server, listening through a `Door`. Call `run(sockets=[])`, so that uvicorn opens none of its own.

    uvicorn would close its socket on clients that the system has accepted, and their requests would be lost.
    """

    def __init__(self, app: App, settings: Settings, log: Log, door: Door, on_ready: Callable[[str], None]) -> None:
        for name in ("uvicorn.error", "asyncio"):
            logger = logging.getLogger(name)
            logger.handlers, logger.propagate = [log], False
        super().__init__(
            uvicorn.Config(
                app,
                http=Connection,
                ws="none",
                lifespan="off",
                # the door needs a loop that can watch a socket
                loop="asyncio:SelectorEventLoop" if sys.platform == "win32" else "auto",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=limits.KEEP_ALIVE,
                timeout_graceful_shutdown=math.ceil(max(settings.deadline, limits.PATIENCE) + _LAST),
            )
        )
        self._app, self._door, self._on_ready = app, door, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the lanes, listen, and report it."""
        await super().startup(sockets)
        for lane in self._app.lanes:
            lane.start(asyncio.get_running_loop())
        state = self.server_state
        self._door.open(lambda: Connection(self.config, state, {}), lambda: len(state.connections))
        self._on_ready(self._door.url)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Admit every client that the system has accepted and no others, answer them, and end."""
        self._app.draining = True
        await self._door.close()
        await super().shutdown(sockets)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        for lane in self._app.lanes:
            await asyncio.to_thread(lane.close)
