"""The tutorial recipe beside the tutorial's own program, taking turns in one run.

`python -m benchmarks.tutorial [--rounds 3] [--epochs 5]` trains both with seeds 1, 2, ..., each in a process of its own, and writes
`benchmarks/results/tutorial.json` with every figure, the hardware and the versions. MNIST is looked for as `convlet` does.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import convlet

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, write the raw figures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5)
    options = parser.parse_args()
    ours, stock = [], []
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(1, options.rounds + 1):
            ours.append(measure_ours(options.epochs, seed, Path(folder) / "runs"))
            stock.append(run_json([sys.executable, "-m", "benchmarks.stock", "--epochs", str(options.epochs), "--seed", str(seed)]))
        manifest = convlet.Run(ours[-1].pop("folder")).manifest
    for measured in ours:
        measured.pop("folder", None)
    result = {
        "summary": {"tutorial": summary(ours), "stock": summary(stock), "ratio": ratio(stock, ours)},
        "tutorial": ours,
        "stock": stock,
        "versions": manifest["versions"],
        "hardware": {**manifest["hardware"], "python": platform.python_version()},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "tutorial.json").write_text(json.dumps(result, indent=2) + "\n")
    print(json.dumps(result["summary"], indent=2))


def measure_ours(epochs: int, seed: int, out: Path) -> dict[str, Any]:
    """`convlet train` and `convlet evaluate`, as a user runs them."""
    convlet_command = str(Path(sys.executable).with_name("convlet"))
    timed = [sys.executable, "-m", "benchmarks.process", convlet_command]
    trained = run_json([*timed, "train", "--epochs", str(epochs), "--seed", str(seed), "--out", str(out), "--json"])
    judged = run_json([convlet_command, "evaluate", trained["output"]["run"], "--json"])
    return {
        "seed": seed,
        "folder": trained["output"]["run"],
        "epoch_seconds": [epoch.seconds for epoch in convlet.Run(trained["output"]["run"]).history],
        "seconds_per_epoch": trained["output"]["seconds_per_epoch"],
        "accuracy": judged["accuracy"],
        "accuracy_interval_95": judged["accuracy_interval_95"],
        "loss": judged["loss"],
        "process_seconds": trained["seconds"],
        "peak_memory_mib": trained["peak_memory_mib"],
    }


def run_json(command: list[str]) -> dict[str, Any]:
    """Run a command that prints one JSON object; its notes go to our stderr."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def summary(runs: list[dict[str, Any]]) -> dict[str, float]:
    """Mean accuracy and loss, median seconds of all epochs, the largest peak memory."""
    return {
        "runs": len(runs),
        "accuracy_mean": statistics.mean(run["accuracy"] for run in runs),
        "accuracy_min": min(run["accuracy"] for run in runs),
        "loss_mean": statistics.mean(run["loss"] for run in runs),
        "seconds_per_epoch_median": statistics.median(s for run in runs for s in run["epoch_seconds"]),
        "peak_memory_mib_max": max(run["peak_memory_mib"] for run in runs),
    }


def ratio(stock: list[dict[str, Any]], ours: list[dict[str, Any]]) -> dict[str, float]:
    """How many times as fast an epoch is as the plain program's, round by round."""
    ratios = sorted(a["seconds_per_epoch"] / b["seconds_per_epoch"] for a, b in zip(stock, ours, strict=True))
    return {"min": ratios[0], "median": statistics.median(ratios), "max": ratios[-1]}


if __name__ == "__main__":
    main()
