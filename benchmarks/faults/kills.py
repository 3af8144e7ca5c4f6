"""SIGKILL a training again and again: it resumes each time, and ends with the weights of an undisturbed one.

A quarter of the kills come in the middle of writing a file, at a random part of its bytes or between two moves.
"""

import concurrent.futures
import hashlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

_VICTIM = """
import os, random, signal, sys
from pathlib import Path
import convlet
from convlet.system import files

folder, writes = Path(sys.argv[1]), int(sys.argv[2])
if writes:  # die within that one of the files that are replaced
    def dying(real, count=[0]):
        def call(self, *given):
            count[0] += 1
            if count[0] == writes:
                if given and isinstance(given[0], bytes):
                    real(self, given[0][: random.Random(writes).randrange(len(given[0]) or 1)])
                os.kill(os.getpid(), signal.SIGKILL)
            return real(self, *given)
        return call
    Path.write_bytes = dying(Path.write_bytes)
    Path.replace = dying(Path.replace)
from convlet.training.engines import tf_data
tf_data._IMAGES_PER_EXECUTION = 128  # two steps a call, so that a small epoch has many
digits = convlet.load("digits")
recipe = convlet.recipe(
    "small-data", epochs=12, filters=[4, 8], dense_units=16, batch_size=64, dropout=0.3, shift=1, checkpoint_seconds=0
)
watch = convlet.Watch(on_step=lambda *_: print("step", flush=True))
run = convlet.Run(next(folder.glob("*/run.json")).parent) if list(folder.glob("*/run.json")) else None
if run is None:
    convlet.train(digits, recipe, out=folder, watch=watch)
else:
    convlet.resume(run, watch=watch)
print("done", flush=True)
"""


def kills(count: int, each: int = 10, seed: int = 1) -> dict[str, Any]:
    """Kill trainings that often, `each` times one and the same; return how they ended."""
    random = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory() as held:
        whole = Path(held) / "whole"
        _end(whole)
        wanted = _weights(whole)
        seeds = random.integers(2**31, size=count // each).tolist()
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            places = [Path(held) / f"{number}" for number in range(len(seeds))]
            found = list(pool.map(_killed, places, seeds, [each] * len(seeds)))
        same = sum(bool(wanted) and _weights(place) == wanted for place in places)
        left = [path.name for place in places for path in place.rglob(".*.convlet-*")]
    return {
        "kills": sum(one["kills"] for one in found),
        "within_a_write": sum(one["within"] for one in found),
        "not_resumed": sum(one["refused"] for one in found),
        "trainings": len(seeds),
        "bit_identical": same,
        "unfinished_files_left": len(left),
    }


def _killed(folder: Path, seed: int, times: int) -> dict[str, int]:
    """Kill one training so often, then let it end."""
    random = np.random.default_rng(seed)
    counts = {"kills": 0, "within": 0, "refused": 0}
    while counts["kills"] < times:
        writes = int(random.integers(3, 40)) if random.random() < 0.3 else 0
        victim = _started(folder, writes)
        steps = int(random.integers(1, 14))
        for lines, line in enumerate(victim.stdout or (), 1):
            if line.startswith("done") or (not writes and lines >= steps):
                time.sleep(float(random.uniform(0, 0.02)))
                break
        victim.kill()
        error = victim.communicate()[1]
        if victim.returncode == -signal.SIGKILL:
            counts["kills"] += 1
            counts["within"] += bool(writes)
        elif victim.returncode and "is done" not in error:
            print(f"{folder.name}: not resumed: {error[-600:]}", file=sys.stderr)
            counts["refused"] += 1
            return counts
        else:  # it was done before
            return counts
    _end(folder)
    return counts


def _started(folder: Path, writes: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", _VICTIM, str(folder), str(writes)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, stdout=pipe, stderr=pipe, text=True, env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    )


def _end(folder: Path) -> None:
    victim = _started(folder, 0)
    error = victim.communicate()[1]
    if victim.returncode and "is done" not in error:
        print(f"{folder.name}: did not end: {error[-600:]}", file=sys.stderr)


def _weights(folder: Path) -> str:
    """Return the digest of a finished run's weights and figures; "" if it is not finished."""
    import convlet
    from convlet.errors import ConvletError
    from convlet.models.keras_file import load_keras

    try:
        run = convlet.Run(next(folder.glob("*/run.json")).parent)
        weights = load_keras(run.path / "model.keras")[0].get_weights()
        figures = [(one.loss, one.accuracy, one.val_loss, one.val_accuracy) for one in run.history]
    except (ConvletError, StopIteration):
        return ""
    return hashlib.sha256(b"".join(one.tobytes() for one in weights) + repr(figures).encode()).hexdigest()
