"""Connect to a Ray cluster, or start one on this machine."""

import contextlib
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterator
from typing import Any

from convlet.errors import UsageError
from convlet.system.extras import optional
from convlet.system.machine import cores

_CONNECT_SECONDS = 10
_SETTINGS = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # silences a warning
    "RAY_AIR_NEW_OUTPUT": "0",  # no output
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # the study holds the results
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C must end every command in the same way
}


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Yield the `ray` module, connected until the block ends.

    Args:
        address: "local" to start one here, HOST:PORT of a cluster's head, or "auto" for the cluster running here.

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: there is no cluster at that address.
    """
    for name, value in _SETTINGS.items():
        os.environ.setdefault(name, value)
    ray = optional("ray", "cluster")
    try:
        if address not in ("local", "auto"):  # fail immediately; Ray would wait for minutes
            host, _, port = address.removeprefix("ray://").rpartition(":")
            socket.create_connection((host, int(port)), timeout=_CONNECT_SECONDS).close()
        with _own_signals():
            local = {"num_cpus": cores(), "include_dashboard": False} if address == "local" else {}
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR, **local)
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address!r} ({error}). "
            "Expected `local`, `auto`, or the HOST:PORT that `ray start --head` printed."
        ) from error
    with contextlib.redirect_stdout(sys.stderr):  # Ray prints when workers die
        try:
            yield ray
        finally:
            ray.shutdown()


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Restore the handlers of SIGINT and SIGTERM, which Ray replaces."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # else a library of another language has set it, and Python cannot
                signal.signal(number, handler)
