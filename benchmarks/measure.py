"""What the benchmarks share: a command that prints JSON, a training as a user runs it, statistics of many."""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import convlet

RESULTS = Path(__file__).parent / "results"


def run_json(command: Sequence[str]) -> dict[str, Any]:
    """Run a command that prints one JSON object; its notes go to our stderr."""
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ | {"PYTHONWARNINGS": "ignore"})
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def in_process(command: Sequence[str]) -> dict[str, Any]:
    """Run it as `run_json` does, and add `process_seconds` and `peak_memory_mib` of the whole process."""
    wrapped = run_json([sys.executable, "-m", "benchmarks.process", *command])
    return {**wrapped["output"], "process_seconds": wrapped["seconds"], "peak_memory_mib": wrapped["peak_memory_mib"]}


def train(recipe: str, seed: int, out: Path, *options: str) -> dict[str, Any]:
    """Run `convlet train mnist`, then `convlet evaluate` in a second process, which opens the test set."""
    command = str(Path(sys.executable).with_name("convlet"))
    trained = in_process(
        [command, "train", "mnist", "--recipe", recipe, "--seed", str(seed), "--out", str(out), "--json", *options]
    )
    judged = run_json([command, "evaluate", trained["run"], "--json"])
    run = convlet.Run(trained["run"])
    return {
        "seed": seed,
        "params": trained["params"],
        "precision": run.recipe.precision,
        "epoch_seconds": [epoch.seconds for epoch in run.history],
        "train_seconds": trained["train_seconds"],
        "compile_seconds": run.metrics["compile_seconds"],
        "process_seconds": trained["process_seconds"],
        "peak_memory_mib": trained["peak_memory_mib"],
        "accuracy": judged["accuracy"],
        "loss": judged["loss"],
        "run": trained["run"],
    }


def summary(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Mean, spread and extremes of the accuracy on test; medians of the times; the largest peak memory."""
    accuracies = [run["accuracy"] for run in runs]
    epochs = [second for run in runs for second in run["epoch_seconds"]]
    medians: dict[str, Any] = {
        key: statistics.median(run[key] for run in runs)
        for key in ("train_seconds", "compile_seconds", "process_seconds")
        if key in runs[0]
    }
    return {
        "seeds": len(runs),
        "params": runs[0]["params"],
        "epochs": len(runs[0]["epoch_seconds"]),
        "accuracy_mean": statistics.mean(accuracies),
        "accuracy_stdev": statistics.stdev(accuracies) if len(runs) > 1 else None,
        "accuracy_min": min(accuracies),
        "accuracy_max": max(accuracies),
        "seconds_per_epoch": statistics.median(epochs),
        **medians,
        "train_seconds_max": max(run.get("train_seconds", sum(run["epoch_seconds"])) for run in runs),
        "peak_memory_mib": max(run["peak_memory_mib"] for run in runs),
    }


def in_order(read: Sequence[str], truth: Sequence[str]) -> int:
    """Return the length of the longest common subsequence: what of the truth was read, in its order."""
    row = [0] * (len(read) + 1)
    for wanted in truth:
        before = row
        row = [0]
        for index, got in enumerate(read):
            row.append(before[index] + 1 if got == wanted else max(row[-1], before[index + 1]))
    return row[-1]


def machine(out: Path) -> dict[str, Any]:
    """Hardware and versions, as the newest run in a folder recorded them."""
    manifest = convlet.Run(out / "latest").manifest
    return {"hardware": manifest["hardware"], "versions": manifest["versions"]}


def large_folder() -> Path | None:
    """Return a folder for large temporary files; None for the usual one."""
    folder = Path("/var/tmp")  # noqa: S108  tempfile makes a folder of its own in it
    return folder if folder.is_dir() else None


def load(name: str) -> dict[str, Any]:
    """Return what `save` wrote under a name, or nothing."""
    path = RESULTS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def whole(parser: argparse.ArgumentParser, options: argparse.Namespace) -> bool:
    """Whether no number among the options is below its default: nothing was measured more briefly."""
    given = ((value, parser.get_default(name)) for name, value in vars(options).items() if name != "seed")
    return all(value >= usual for value, usual in given if type(usual) in (int, float))


def save(name: str, result: dict[str, Any], *, whole: bool = True) -> Path:
    """Write `results/NAME.json`, without the folders of this machine; figures of less do not replace those of more."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    if not whole and path.is_file():
        print(f"{path.name} tells of more than this, and stays. Delete it to keep these figures.", file=sys.stderr)
        return path
    path.write_text(json.dumps(_without_folders(result), indent=2) + "\n", encoding="utf-8")
    return path


def _without_folders(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_folders(each) for key, each in value.items() if key != "run"}
    return [_without_folders(each) for each in value] if isinstance(value, list) else value
