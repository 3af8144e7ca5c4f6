"""What the servers of local pages share (`convlet label`, `convlet view`): this machine alone, a token, JSON."""

import contextlib
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from convlet.errors import InputError, UsageError
from convlet.serving.refusal import RefusedError
from convlet.system.windows import ENDING, own_port

_HOST = "127.0.0.1"
HEADERS = {
    "x-content-type-options": "nosniff",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


def run_until_told(app: ASGIApp, door: socket.socket, on_ready: Callable[[str], None]) -> None:
    """Serve at an open socket until SIGTERM or Ctrl-C; `on_ready` receives the address."""
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
        on_ready(f"http://{_HOST}:{door.getsockname()[1]}/")
        server.run(sockets=[door])


@contextlib.contextmanager
def listening(port: int) -> Iterator[socket.socket]:
    """Open a port of this machine that no other machine reaches; 0 picks a free one.

    Raises:
        UsageError: there is no such port.
        InputError: it is in use.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"port={port} is out of range. Expected 0 to 65535.")
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


async def body_of(request: Request, largest: int) -> dict[str, Any]:
    """Return the JSON object that a request has, of at most so many bytes; raise RefusedError for anything else."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > largest:
            raise RefusedError(413, "too_large", f"The request has more than {largest:,} bytes. Send less at once.")
        parts.append(part)
    try:
        given = json.loads(b"".join(parts))
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, "bad_body", f"The request is not JSON ({str(error)[:80]}).") from error
    if not isinstance(given, dict):
        raise RefusedError(400, "bad_body", "The request is no JSON object.")
    return given


def json_answer(value: Any, status: int = 200) -> Response:
    """Return an answer that no browser keeps."""
    # in ASCII, since names of files may have bytes that are no text
    return Response(json.dumps(value, allow_nan=False), status, HEADERS, "application/json")


async def refused(_: Request, error: RefusedError) -> Response:
    """Answer a request that was refused."""
    return error.response()
