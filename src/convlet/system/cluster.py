"""Ray: one machine as a cluster of its own, or a cluster that is there."""

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

LOCAL = "local"
_KNOCK_SECONDS = 10
_OURS = {
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",  # today's Ray warns of tomorrow's default otherwise
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AIR_NEW_OUTPUT": "0",  # so that silent is silent
    "TUNE_DISABLE_AUTO_CALLBACK_LOGGERS": "1",  # what a trial came to is in the study
    "TUNE_DISABLE_SIGINT_HANDLER": "1",  # Ctrl-C ends every command of ours alike
}


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """The `ray` module, connected until the block ends.

    Args:
        address: "local" for this machine's cores, else the HOST:PORT of a cluster's head ("auto" for the one this machine belongs to).

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: there is no cluster at that address.
    """
    for name, value in _OURS.items():
        os.environ.setdefault(name, value)
    ray = optional("ray", "cluster")
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        _require_an_answer(address)
        with _own_signals():
            if address == LOCAL:
                ray.init(address="local", num_cpus=cores(), include_dashboard=False, **quiet)
            else:
                ray.init(address=address, **quiet)
    except (OSError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address!r} ({error}). Expected `local`, `auto`, or the HOST:PORT that `ray start --head` printed."
        ) from error
    with contextlib.redirect_stdout(sys.stderr):  # what Ray says of workers that died is no result
        try:
            yield ray
        finally:
            ray.shutdown()


def _require_an_answer(address: str) -> None:
    """Knock first: Ray waits for minutes where nobody is.

    Raises:
        OSError, ValueError: nobody listens there, or it is no HOST:PORT.
    """
    if address not in (LOCAL, "auto"):
        host, _, port = address.removeprefix("ray://").rpartition(":")
        socket.create_connection((host, int(port)), timeout=_KNOCK_SECONDS).close()


@contextlib.contextmanager
def _own_signals() -> Iterator[None]:
    """Keep SIGINT and SIGTERM as they are; Ray takes the second for itself."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
