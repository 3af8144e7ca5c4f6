"""Ray: one machine as a cluster of its own, or a cluster that is there."""

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Any

from convlet.errors import UsageError
from convlet.extras import optional
from convlet.machine import cores

LOCAL = "local"


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """The `ray` module, connected until the block ends.

    Args:
        address: "local" for this machine's cores, else the HOST:PORT of a cluster's head ("auto" for the one this machine belongs to).

    Raises:
        MissingExtraError: Ray is not installed.
        UsageError: there is no cluster at that address.
    """
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # today's Ray warns of tomorrow's default otherwise
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    ray = optional("ray", "cluster")
    quiet = {"log_to_driver": False, "logging_level": logging.ERROR}
    try:
        if address == LOCAL:
            ray.init(address="local", num_cpus=cores(), include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise UsageError(
            f"no Ray cluster answers at {address!r} ({error}). Expected `local`, `auto`, or the HOST:PORT that `ray start --head` printed."
        ) from error
    try:
        yield ray
    finally:
        ray.shutdown()
