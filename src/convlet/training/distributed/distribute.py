"""Data parallelism over processes: each computes its part of every batch, and all of them take the same step. JAX only.

`batch_size` is that of the whole batch however many processes share it, and the arithmetic is of the whole batch too: what a process holds is its part of
one array, so that batch normalization, dropout and the loss see all of it (single program, multiple data). A run may go on with another number of processes.

Process 0 is the chief: it alone has the recipe, the run folder and the checkpoint, and tells the others.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np

from convlet.data import Dataset
from convlet.errors import DataError, LostProcessError, UsageError
from convlet.recipes import Recipe
from convlet.system.engine import jax_platform, keras

HEARTBEAT_SECONDS = 10  # without a sign of life, and a process counts as lost
_CONNECT_SECONDS = 300  # processes of a cluster need not start at once
_UNANSWERED = re.compile(
    r"gloo|nccl|heartbeat|coordination|UNAVAILABLE|DEADLINE_EXCEEDED|Connection (reset|closed)", re.IGNORECASE
)
_LEAVE_SECONDS = 24 * 3600  # the others wait while the chief finishes the run


@dataclass(frozen=True)
class Part:
    """Which process this is (`index`, from 0), and of how many."""

    index: int = 0
    of: int = 1

    @property
    def chief(self) -> bool:
        """Whether this process keeps the run."""
        return self.index == 0

    @property
    def shared(self) -> bool:
        """Whether there are others."""
        return self.of > 1


def part() -> Part:
    """Which part of every batch this process computes: all of it, unless JAX was connected to other processes."""
    if not jax_platform():
        return Part()
    import jax

    return Part(jax.process_index(), jax.process_count())


def connect(
    coordinator: str | None, processes: int | None = None, index: int | None = None, *, local: bool = False
) -> None:
    """Connect this process's JAX with the others'; before anything is computed.

    Args:
        coordinator: HOST:PORT at which process 0 is reached; None where Slurm, Open MPI, Kubernetes or a TPU pod says so, and the other two as well.
        processes: how many there are.
        index: which one this is, from 0.
        local: all of them are on this machine, and each takes one of its chips, if it has some.

    Raises:
        UsageError: nothing says where the coordinator is.
    """
    keras()  # first, so that its settings hold
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(
            coordinator_address=coordinator,
            num_processes=processes,
            process_id=index,
            local_device_ids=[index] if local and index is not None else None,
            coordinator_bind_address=coordinator if local else None,  # nobody else need reach it
            initialization_timeout=_CONNECT_SECONDS,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            shutdown_timeout_seconds=_LEAVE_SECONDS,
        )
    except (ValueError, RuntimeError) as error:
        raise UsageError(
            f"cannot connect the processes ({error}). Expected every process with one --coordinator HOST:PORT and --processes N, and with its own "
            "--process-id from 0 to N - 1; or --coordinator auto under Slurm, Open MPI or Kubernetes."
        ) from error


def disconnect() -> None:
    """Wait until every process has come so far, and part."""
    import jax

    jax.distributed.shutdown()


def together() -> AbstractContextManager[Any]:
    """Within it every variable that Keras makes lies on all processes, and `fit` takes each one's part of a batch; nothing where there is one process."""
    if not part().shared:
        return contextlib.nullcontext()
    distribution = keras().distribution
    scope: AbstractContextManager[Any] = distribution.DataParallel(
        devices=distribution.list_devices(), auto_shard_dataset=False
    ).scope()
    return scope


@contextlib.contextmanager
def noticing_losses() -> Iterator[None]:
    """Say that another process was lost where JAX says that a message did not come through.

    Raises:
        LostProcessError: a computation over all processes failed.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:  # JAX raises either
        if not part().shared or not _UNANSWERED.search(str(error)):
            raise
        first, *_ = str(error).splitlines()
        raise LostProcessError(f"what all processes compute together failed ({first[:200]}).") from error


def tell(dataset: Dataset, recipe: Recipe, checkpoint: bytes) -> None:
    """The chief's word to all others before a training: what is trained on, by which recipe, from where on.

    Raises:
        DataError: another process has other data.
    """
    if part().shared:
        facts = {"source": dataset.source, "recipe": recipe.to_toml(), "checkpoint": len(checkpoint)}
        _broadcast(json.dumps(facts).encode())
        if checkpoint:
            _broadcast(checkpoint)


def told() -> tuple[str, str, bytes]:
    """What the chief says: the data set's source, the recipe as TOML, and the checkpoint to go on from (nothing: from the beginning)."""
    facts = json.loads(_broadcast(b""))
    return facts["source"], facts["recipe"], _broadcast(b"") if facts["checkpoint"] else b""


def require_the_same_data(dataset: Dataset) -> None:
    """Compare the training images of all processes.

    Raises:
        DataError: some have others; raised in every process.
    """
    here = part()
    if not here.shared:
        return
    from jax.experimental import multihost_utils

    own = np.frombuffer(bytes.fromhex(dataset.train.sha256), np.uint8)
    hashes = np.asarray(multihost_utils.process_allgather(own)).reshape(here.of, -1)
    others = [index for index, found in enumerate(hashes) if not np.array_equal(found, hashes[0])]
    if others:
        raise DataError(
            f"process {', '.join(map(str, others))} has other training images than process 0. Every process needs the same data: "
            "compare `convlet data info` on their machines."
        )


def _broadcast(content: bytes) -> bytes:
    """The chief's `content`, in every process."""
    from jax.experimental import multihost_utils

    size = int(multihost_utils.broadcast_one_to_all(np.int32(len(content))))
    sent = np.zeros(size, np.uint8)
    if part().chief:
        sent[:] = np.frombuffer(content, np.uint8)
    return np.asarray(multihost_utils.broadcast_one_to_all(sent)).tobytes()
