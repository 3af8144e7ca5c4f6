"""The plain Keras tutorial program, `tutorial`, `fast`, `balanced` and a peer in torch take turns in one run.

`python -m benchmarks.speed [--quick] [--json]`. Every training is a process of its own, started as a user starts it.
Training seconds are those of the training batches alone; `compile_seconds` is compiling, `process_seconds` the whole
process with imports, data, validation and files. Raw figures go to `results/speed.json`, a picture of them to
`results/speed.png`. `--quick` (about three minutes: an epoch each of the long ones, three seeds of `fast`) writes
neither. MNIST is looked for as `convlet` does.
"""

import argparse
import importlib.util
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks import measure
from convlet.system.colors import color

Rows = dict[str, list[dict[str, Any]]]


def main() -> None:
    """Measure, keep the raw figures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of few seeds and epochs, for a look")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=2, help="turns; each takes a share of the seeds")
    options = parser.parse_args()
    rounds, epochs = (1, 1) if options.quick else (options.rounds, 5)
    seeds = {"fast": 3} if options.quick else {"fast": 20, "balanced": 10, "torch": 10}
    if importlib.util.find_spec("torch") is None:
        seeds.pop("torch", None)
    with tempfile.TemporaryDirectory() as folder:
        rows = take_turns(rounds, epochs, seeds, Path(folder) / "runs")
        machine = measure.machine(Path(folder) / "runs")
    found = figures(rows) | machine
    if not options.quick:
        measure.save("speed", {"figures": found, **rows})
        draw(rows, found, measure.RESULTS / "speed.png")
    print(json.dumps(found) if options.json else table(found))


def take_turns(rounds: int, epochs: int, seeds: dict[str, int], out: Path) -> Rows:
    """Measure every row in each round, so that a slow hour of the machine touches all of them."""
    rows: Rows = {name: [] for name in ("stock", "tutorial", *seeds)}
    for number in range(1, rounds + 1):
        rows["stock"].append(
            measure.in_process(
                [sys.executable, "-m", "benchmarks.stock", "--epochs", str(epochs), "--seed", str(number)]
            )
        )
        note("stock", rows)
        for name, count in seeds.items():
            for seed in range(len(rows[name]) + 1, count * number // rounds + 1):
                if name == "torch":
                    rows[name].append(
                        measure.in_process([sys.executable, "-m", "benchmarks.peer_torch", "--seed", str(seed)])
                    )
                else:
                    rows[name].append(measure.train(name, seed, out))
                note(name, rows)
        rows["tutorial"].append(measure.train("tutorial", number, out, "--epochs", str(epochs)))
        note("tutorial", rows)
    return rows


def figures(rows: Rows) -> dict[str, Any]:
    """The summaries, and the ratios between them."""
    found: dict[str, Any] = {name: measure.summary(runs) for name, runs in rows.items()}
    for summary in found.values():  # the name that readers of --json look for
        summary["accuracy"] = summary["accuracy_mean"]
    stock, tutorial, fast = found["stock"], found["tutorial"], found["fast"]
    found["speedup_to_tutorial_accuracy"] = 5 * stock["seconds_per_epoch"] / fast["train_seconds"]
    found["tutorial_speedup"] = stock["seconds_per_epoch"] / tutorial["seconds_per_epoch"]
    rounds = zip(rows["stock"], rows["tutorial"], strict=True)
    found["tutorial_speedup_by_round"] = [
        statistics.median(plain["epoch_seconds"]) / statistics.median(ours["epoch_seconds"]) for plain, ours in rounds
    ]
    if "torch" in found:
        found["speedup_over_torch"] = found["torch"]["seconds_per_epoch"] / fast["train_seconds"]
    return found


def table(found: dict[str, Any]) -> str:
    """The figures for reading."""
    heads = ("seeds", "accuracy: mean", "min", "s an epoch", "training, s", "process, s", "memory, MiB")
    widths = (5, 14, 8, 10, 11, 10, 11)
    lines = [" " * 11 + " ".join(head.rjust(width) for head, width in zip(heads, widths, strict=True))]
    for name, row in found.items():
        if isinstance(row, dict) and "seeds" in row:
            train_seconds = row.get("train_seconds", row["seconds_per_epoch"] * row["epochs"])
            lines.append(
                f"{name:10} {row['seeds']:5} {row['accuracy_mean']:14.2%} {row['accuracy_min']:8.2%} "
                f"{row['seconds_per_epoch']:10.2f} {train_seconds:11.2f} {row['process_seconds']:10.1f} "
                f"{row['peak_memory_mib']:11.0f}"
            )
    ratios = ("speedup_to_tutorial_accuracy", "tutorial_speedup", "speedup_over_torch")
    return "\n".join(lines + [f"{name}: {found[name]:.2f}" for name in ratios if name in found])


def draw(rows: Rows, found: dict[str, Any], path: Path) -> None:
    """Accuracy over training seconds (a logarithmic axis), a point for each seed."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.2), layout="constrained")
    axes = figure.subplots()
    names = {"stock": "plain Keras program", "torch": "train_mnist_fast in torch"}
    looks = {  # told apart by more than color
        "stock": ("x", "paper-ink"), "tutorial": ("s", "paper-orange"), "fast": ("o", "paper-teal"),
        "balanced": ("^", "against"), "torch": ("D", "paper-line"),
    }  # fmt: skip
    for name, runs in rows.items():
        marker, shade = looks[name]
        seconds = [run.get("train_seconds", sum(run["epoch_seconds"])) for run in runs]
        values = [100 * run["accuracy"] for run in runs]
        axes.scatter(seconds, values, s=26, alpha=0.8, marker=marker, color=color(shade), label=names.get(name, name))
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.set_xlabel("seconds of training on two cores (logarithmic)")
    axes.set_ylabel("test accuracy, %")
    axes.set_title(f"fast is {found['speedup_to_tutorial_accuracy']:.0f} times as fast as the plain program")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def note(name: str, rows: Rows) -> None:
    """One line to stderr for each training."""
    last = rows[name][-1]
    print(
        f"{name} {last['seed']}: {sum(last['epoch_seconds']):.2f} s, {last['accuracy']:.2%}",
        file=sys.stderr,
        flush=True,
    )


if __name__ == "__main__":
    main()
