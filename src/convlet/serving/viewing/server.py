"""Serve the page of all runs, on this machine alone, until it is told to end."""

import secrets
from collections.abc import Callable
from pathlib import Path

from convlet.serving.local import listening, run_until_told
from convlet.serving.settings import Settings
from convlet.serving.viewing.app import ViewApp
from convlet.serving.viewing.watched import Watched


def serve_runs(folder: Path, on_ready: Callable[[str], None], *, port: int = 0, token: str | None = None) -> None:
    """Show the runs of a folder on a page until SIGTERM or Ctrl-C.

    Args:
        folder: of run folders; it may be empty or made later.
        on_ready: receives the page's address, with the token without which it shows nothing.
        port: 0 picks a free one.
        token: what requests must send; None for a new one.

    Raises:
        ModelError: the folder cannot be read.
        UsageError: the port or the token is out of range.
        InputError: the port is in use.
    """
    own = token if token is not None else secrets.token_urlsafe(24)
    Settings(port=0, token=own)  # which checks it
    watched = Watched(folder)
    watched.news(0)
    with listening(port) as door:
        run_until_told(ViewApp(watched, own).starlette(), door, lambda url: on_ready(f"{url}#token={own}"))
