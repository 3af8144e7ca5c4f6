"""One process against two with the same batches: equal losses, the speed gained, and how soon all end when one is lost.

`python -m benchmarks.distribute [--recipe fast] [--epochs 2] [--kills 5] [--set key=value ...]`. MNIST on JAX. One
process is timed on one core and on all, two processes on a core each; efficiency is the time of one on one core over
twice that of two. Bytes per step are those that the loopback device carried while two trained. The figures go to
`results/distribute.json`.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import convlet
from benchmarks import measure

COMMAND = str(Path(sys.executable).with_name("convlet"))
LINKS = {"1 Gbit/s": 125e6, "10 Gbit/s": 1.25e9}  # bytes a second


def main() -> None:
    """Measure, save the figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--set", action="append", default=[], dest="settings", metavar="KEY=VALUE")
    parser.add_argument("--data", default="mnist")
    options = parser.parse_args()
    settings = [word for setting in options.settings for word in ("--set", setting)]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs"
        command = [
            "train",
            options.data,
            "--recipe",
            options.recipe,
            "--epochs",
            str(options.epochs),
            "--out",
            str(out),
            *settings,
        ]
        rows = {
            "one process, one core": trained([*command, "--processes", "1"], cores=1),
            "one process, all cores": trained([*command, "--processes", "1"]),
            "two processes, a core each": trained([*command, "--processes", "2"]),
        }
        lost = [killed(out / f"killed-{number}") for number in range(options.kills)]
        machine = measure.machine(out)
        machine["hardware"]["cores"] = os.cpu_count()  # the run's own process had one
    found = figures(rows) | {
        "recipe": options.recipe,
        "data": options.data,
        "set": options.settings,
        "seconds_until_all_are_gone": lost,
    }
    path = measure.RESULTS / "distribute.json"
    before = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    name = " ".join([options.recipe, *options.settings])
    measure.save(
        "distribute",
        {**before, **machine, name: {"figures": found, "rows": rows}},
        whole=measure.whole(parser, options),
    )
    print(json.dumps(found, indent=2))


def trained(words: Sequence[str], cores: int | None = None) -> dict[str, Any]:
    """Train as a user does, on so many cores."""
    before, carried = os.sched_getaffinity(0), loopback()
    if cores:
        os.sched_setaffinity(0, sorted(before)[:cores])
    try:
        row = measure.run_json([COMMAND, *words, "--json"])
    finally:
        os.sched_setaffinity(0, before)
    run = convlet.Run(row["run"])
    steps = -(-run.manifest["dataset"]["train"] // run.recipe.batch_size)
    history = run.history
    return {
        "run": row["run"],
        "params": row["params"],
        "steps_per_epoch": steps,
        "loss": [epoch.loss for epoch in history],
        "val_loss": [epoch.val_loss for epoch in history],
        "val_accuracy": [epoch.val_accuracy for epoch in history],
        "epoch_seconds": [epoch.seconds for epoch in history],
        "loopback_bytes_per_step": (loopback() - carried) / (steps * len(history)),
    }


def killed(out: Path) -> float:
    """Train with two processes, kill -9 one at random after an epoch, and return the seconds until all are gone."""
    command = [
        COMMAND,
        "train",
        "digits",
        "--recipe",
        "small-data",
        "--epochs",
        "2000",
        "--processes",
        "2",
        "--out",
        str(out),
    ]
    called = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    history = out / "digits-small-data-1" / "history.csv"
    while not history.is_file():
        if called.poll() is not None:
            raise RuntimeError(f"the training ended before the kill: {called.communicate()[1]}")
        time.sleep(0.1)
    workers = [
        int(word) for word in Path(f"/proc/{called.pid}/task/{called.pid}/children").read_text(encoding="utf-8").split()
    ]
    began = time.perf_counter()
    os.kill(random.choice(workers), signal.SIGKILL)  # noqa: S311
    _, said = called.communicate(timeout=120)
    while any(Path(f"/proc/{worker}").exists() for worker in workers):
        time.sleep(0.01)
    seconds = time.perf_counter() - began
    if called.returncode != 6 or "--resume" not in said:
        raise RuntimeError(f"exit status {called.returncode}: {said}")
    return seconds


def figures(rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the largest differences, the efficiency, and what it would be between machines."""
    alone, together = rows["one process, one core"], rows["two processes, a core each"]
    step = {name: min(row["epoch_seconds"]) / row["steps_per_epoch"] for name, row in rows.items()}
    one, two = step["one process, one core"], step["two processes, a core each"]
    # Bytes, at most: frozen weights are not sent. A ring of two sends as much from each.
    gradient = 4 * alone["params"]
    return {
        "largest_difference": {
            key: max(abs(a - b) for row in rows.values() for a, b in zip(alone[key], row[key], strict=True))
            for key in ("loss", "val_loss", "val_accuracy")
        },
        "step_seconds": step,
        "efficiency": one / (2 * two),
        "gradient_bytes_per_step": gradient,
        "loopback_bytes_per_step": together["loopback_bytes_per_step"],
        # Computing halves, sending is added: an upper bound, without the time that messages wait.
        "efficiency_bound_between_machines": {
            link: one / (2 * (one / 2 + gradient / rate)) for link, rate in LINKS.items()
        },
    }


def loopback() -> int:
    """Return the bytes that the loopback device has received so far."""
    for line in Path("/proc/net/dev").read_text(encoding="utf-8").splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    return 0


if __name__ == "__main__":
    main()
