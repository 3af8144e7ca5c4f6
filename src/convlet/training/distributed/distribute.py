"""Train data-parallel across processes: each computes its part of every batch; all take the same step. JAX only.

The processes' parts form one array of `batch_size` images, so batch normalization, dropout and the loss see all of it
(single program, multiple data). A run may resume with a different number of processes.

Process 0 is the chief: it alone has the recipe, run folder and checkpoint, and sends them to the others.
"""

import contextlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from convlet.data import Dataset
from convlet.errors import DataError, LostProcessError, UsageError
from convlet.recipes import Recipe
from convlet.run.recorded import recorded
from convlet.system.engine import jax_platform, keras

HEARTBEAT_SECONDS = 10  # a process silent for longer counts as lost
_CONNECT_SECONDS = 300  # processes of a cluster need not start together
_LEAVE_SECONDS = 24 * 3600  # the others wait while the chief finishes the run
_LOSSES = re.compile(
    r"gloo|nccl|heartbeat|coordination|UNAVAILABLE|DEADLINE_EXCEEDED|Connection (reset|closed)", re.IGNORECASE
)


@dataclass(frozen=True)
class Part:
    """This process's number (`index`, from 0), and the number of processes."""

    index: int = 0
    of: int = 1

    @property
    def chief(self) -> bool:
        """Whether this process saves the run."""
        return self.index == 0

    @property
    def shared(self) -> bool:
        """Whether there are other processes."""
        return self.of > 1


def part() -> Part:
    """Return this process's part of every batch: all, unless `connect` was called."""
    if not jax_platform():
        return Part()
    import jax

    return Part(jax.process_index(), jax.process_count())


def connect(
    coordinator: str | None, processes: int | None = None, index: int | None = None, *, local: bool = False
) -> None:
    """Connect this process's JAX with the others', before any computation.

    Args:
        coordinator: HOST:PORT of process 0; None if Slurm, Open MPI, Kubernetes or a TPU pod gives it and the next two.
        processes: their number.
        index: this process's number, from 0.
        local: whether all are on this machine; each then takes one of its chips, if any.

    Raises:
        UsageError: the coordinator's address is unknown.
    """
    keras()  # first, so that its settings apply
    import jax

    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    try:
        jax.distributed.initialize(
            coordinator_address=coordinator,
            num_processes=processes,
            process_id=index,
            local_device_ids=[index] if local and index is not None else None,
            coordinator_bind_address=coordinator if local else None,  # other machines need not reach it
            initialization_timeout=_CONNECT_SECONDS,
            heartbeat_timeout_seconds=HEARTBEAT_SECONDS,
            shutdown_timeout_seconds=_LEAVE_SECONDS,
        )
    except (ValueError, RuntimeError) as error:
        raise UsageError(
            f"cannot connect the processes ({error}). Expected every process with one coordinator='HOST:PORT' "
            "and one processes=..., and with its own process_id=... from 0 to processes - 1; or coordinator='auto' "
            "under Slurm, Open MPI or Kubernetes."
        ) from error


def disconnect() -> None:
    """Disconnect from the other processes, once all get here."""
    import jax

    jax.distributed.shutdown()


def require_chief() -> None:
    """Refuse to train in a process that must follow.

    Raises:
        UsageError: this is not process 0.
    """
    here = part()
    if not here.chief:
        raise UsageError(
            f"this is process {here.index}. Call `train` and `resume` in process 0, `follow` in the others."
        )


@contextlib.contextmanager
def leading(dataset: Dataset, recipe: Recipe, checkpoint: Path | None) -> Iterator[int]:
    """Tell the other processes, if any, what to train; yield the number of processes.

    Raises:
        DataError: another process has other data.
        LostProcessError: another process was lost.
    """
    here = part()
    with noticing_losses():
        if here.shared:
            state = checkpoint.read_bytes() if checkpoint else b""
            facts = {"dataset": recorded(dataset), "recipe": recipe.to_toml(), "checkpoint": len(state)}
            _broadcast(json.dumps(facts).encode())
            if state:
                _broadcast(state)
            require_same_data(dataset)
        yield here.of


def receive() -> tuple[dict[str, Any], str, bytes]:
    """Return what the chief sends: the data set as `recorded`, the recipe as TOML, and any checkpoint."""
    facts = json.loads(_broadcast(b""))
    return facts["dataset"], facts["recipe"], _broadcast(b"") if facts["checkpoint"] else b""


def require_same_data(dataset: Dataset) -> None:
    """Compare the training images of all processes.

    Raises:
        DataError: some differ; raised in every process.
    """
    from jax.experimental import multihost_utils

    own = np.frombuffer(bytes.fromhex(dataset.train.sha256), np.uint8)
    hashes = np.asarray(multihost_utils.process_allgather(own)).reshape(part().of, -1)
    others = [index for index, found in enumerate(hashes) if not np.array_equal(found, hashes[0])]
    if others:
        raise DataError(
            f"process {', '.join(map(str, others))} has training images that differ from process 0's. Every process "
            "needs the same data: compare `convlet data info` on their machines."
        )


@contextlib.contextmanager
def noticing_losses() -> Iterator[None]:
    """Convert JAX's communication errors into ours.

    Raises:
        LostProcessError: a computation over all processes failed.
    """
    try:
        yield
    except (RuntimeError, ValueError) as error:  # JAX raises either
        if not part().shared or not _LOSSES.search(str(error)):
            raise
        first, *_ = str(error).splitlines()
        raise LostProcessError(f"the joint computation of all processes failed ({first[:200]}).") from error


def _broadcast(content: bytes) -> bytes:
    """Return the chief's `content` in every process."""
    from jax.experimental import multihost_utils

    size = int(multihost_utils.broadcast_one_to_all(np.int32(len(content))))
    sent = np.zeros(size, np.uint8)
    if part().chief:
        sent[:] = np.frombuffer(content, np.uint8)
    return np.asarray(multihost_utils.broadcast_one_to_all(sent)).tobytes()
