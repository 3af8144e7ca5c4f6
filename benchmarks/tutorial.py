"""The tutorial recipe beside the tutorial's own program, taking turns in one run.

`python -m benchmarks.tutorial [--rounds 3]` measures three rows, each run in a process of its own, with seeds 1, 2, ...: the recipe as it
is (five epochs; its precision is bfloat16 where the processor has it), the recipe in float32, and the plain Keras program (float32). The
last two run fewer epochs, for their seconds. The order changes from round to round. Every figure, the hardware and the versions go to
`benchmarks/results/tutorial.json`. MNIST is looked for as `convlet` does.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import convlet

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    """Measure, write the raw figures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=5, help="of the recipe as it is")
    parser.add_argument("--side-epochs", type=int, default=2, help="of the other two rows")
    options = parser.parse_args()
    rows: dict[str, list[dict[str, Any]]] = {"tutorial": [], "tutorial-float32": [], "stock": []}
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "runs"

        def stock(seed: int) -> dict[str, Any]:
            return run_json([sys.executable, "-m", "benchmarks.stock", "--epochs", str(options.side_epochs), "--seed", str(seed)])

        turns: list[tuple[str, Callable[[int], dict[str, Any]]]] = [
            ("tutorial", lambda seed: measure_ours(options.epochs, seed, out, "auto")),
            ("stock", stock),
            ("tutorial-float32", lambda seed: measure_ours(options.side_epochs, seed, out, "float32")),
        ]
        for seed in range(1, options.rounds + 1):
            for name, measure in turns:
                rows[name].append(measure(seed))
            turns.append(turns.pop(0))
        manifest = convlet.Run(out / "latest").manifest
    result = {
        "summary": {name: summary(measured) for name, measured in rows.items()},
        "stock_over_tutorial": ratio(rows["stock"], rows["tutorial"]),
        "stock_over_tutorial_float32": ratio(rows["stock"], rows["tutorial-float32"]),
        **rows,
        "versions": manifest["versions"],
        "hardware": {**manifest["hardware"], "python": platform.python_version()},
    }
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "tutorial.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: result[key] for key in ("summary", "stock_over_tutorial", "stock_over_tutorial_float32")}, indent=2))


def measure_ours(epochs: int, seed: int, out: Path, precision: str) -> dict[str, Any]:
    """`convlet train` and `convlet evaluate`, as a user runs them."""
    convlet_command = str(Path(sys.executable).with_name("convlet"))
    timed = [sys.executable, "-m", "benchmarks.process", convlet_command]
    dials = ["--epochs", str(epochs), "--seed", str(seed), "--set", f"precision={precision}"]
    trained = run_json([*timed, "train", *dials, "--out", str(out), "--json"])
    run = convlet.Run(trained["output"]["run"])
    judged = run_json([convlet_command, "evaluate", trained["output"]["run"], "--json"])
    return {
        "seed": seed,
        "epochs": epochs,
        "precision": run.recipe.precision,
        "epoch_seconds": [epoch.seconds for epoch in run.history],
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
    """How many times as fast our epoch is as the plain program's, by the median epoch of each round."""
    ratios = sorted(statistics.median(a["epoch_seconds"]) / statistics.median(b["epoch_seconds"]) for a, b in zip(stock, ours, strict=True))
    return {"min": ratios[0], "median": statistics.median(ratios), "max": ratios[-1]}


if __name__ == "__main__":
    main()
