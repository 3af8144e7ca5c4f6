"""Serve the page that puts labels right, on this machine alone, until it is told to end."""

import contextlib
import secrets
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import uvicorn

from convlet.checks.labeling.answers import Answers, answered, unanswered
from convlet.checks.labeling.images import images_in
from convlet.checks.labeling.journal import Journal
from convlet.checks.labeling.session import Session
from convlet.errors import InputError, UsageError
from convlet.serving.labeling.app import LabelApp
from convlet.system.watch import Watch
from convlet.system.windows import ENDING, own_port

_HOST = "127.0.0.1"


def serve_labels(
    folder: Path,
    model: Path | None,
    who: str,
    on_ready: Callable[[str], None],
    *,
    port: int = 0,
    only: Sequence[str] = (),
    watch: Watch | None = None,
) -> None:
    """Let people decide about a folder's labels until SIGTERM or Ctrl-C.

    Args:
        folder: of images, in class folders or not.
        model: a run folder or model file that proposes labels; None to judge labels by cross-validation.
        who: decides, for the journal.
        on_ready: receives the page's address, with the token without which it shows nothing.
        port: 0 picks a free one.
        only: the paths of the images to show; all without any. They are not judged without a model.
        watch: callbacks.

    Raises:
        DataError: the folder cannot be used, or its `labels.csv` is no list of decisions.
        ModelError: the model cannot be used, or one is needed.
        OutputError: the folder cannot be written to, or another program has it open.
        InputError: the port is in use.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"port={port} is out of range. Expected 0 to 65535.")
    watch = watch or Watch()
    found = images_in(folder)
    with Journal(found.folder) as journal, _listening(port) as door:
        answers: Answers = unanswered(found) if only and model is None else answered(found, model, watch)
        token = secrets.token_urlsafe(24)
        app = LabelApp(Session(found, answers, journal, who, only), token).starlette()
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                lifespan="off",
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_graceful_shutdown=5,
            )
        )
        with contextlib.ExitStack() as last:
            if threading.current_thread() is threading.main_thread():
                # uvicorn ends by raising its signals again for the previous handlers; the default ones would kill.
                for number in ENDING:
                    last.callback(signal.signal, number, signal.signal(number, server.handle_exit))
            on_ready(f"http://{_HOST}:{door.getsockname()[1]}/#token={token}")
            server.run(sockets=[door])


@contextlib.contextmanager
def _listening(port: int) -> Iterator[socket.socket]:
    door = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        own_port(door)
        door.bind((_HOST, port))
        door.listen(128)
    except OSError as error:
        door.close()
        raise InputError(
            f"port={port} cannot be used ({error.strerror or error}). Choose another, or 0 for a free one."
        ) from error
    with contextlib.closing(door):
        yield door
