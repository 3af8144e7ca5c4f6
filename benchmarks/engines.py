"""One recipe on every installed engine: how much they differ, and how fast each is.

`python -m benchmarks.engines [--recipe fast] [--images 10000] [--epochs 1] [--seeds 3]`. Each engine has a process of
its own and evenly spread training images of MNIST; the accuracy is the mean over the seeds, on the test images. The
figures go to `results/engines.json`, where those of engines measured before, in another environment, stay.
"""

import argparse
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import convlet
from benchmarks import measure
from convlet.system.engine import ENGINES


def main() -> None:
    """Measure, save the figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipe", default="fast")
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--engine", action="append", choices=ENGINES, help="only this one; repeatable")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(json.dumps(trained(options)))
        return
    path = measure.RESULTS / "engines.json"
    rows: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["rows"] if path.is_file() else {}
    for engine in options.engine or [engine for engine in ENGINES if importlib.util.find_spec(engine)]:
        command = [sys.executable, "-m", "benchmarks.engines", "--one", engine]
        command += [
            word for key in ("recipe", "images", "epochs", "seeds") for word in (f"--{key}", str(getattr(options, key)))
        ]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=True, env=os.environ | {"KERAS_BACKEND": engine})
        rows[engine] = json.loads(done.stdout)
    accuracies = {engine: row["accuracy_mean"] for engine, row in rows.items()}
    found = {"accuracy": accuracies, "largest_difference": max(accuracies.values()) - min(accuracies.values())}
    measure.save(
        "engines",
        {"recipe": options.recipe, "images": options.images, "epochs": options.epochs, "figures": found, "rows": rows},
        whole=measure.whole(parser, options),
    )
    print(json.dumps(found, indent=2))


def trained(options: argparse.Namespace) -> dict[str, Any]:
    """Train with each seed on this process's engine."""
    mnist = convlet.load("mnist")
    short = convlet.data.Dataset(
        mnist.name,
        mnist.source,
        mnist.train.take(mnist.train.sample(options.images)),
        mnist.class_names,
        lambda: mnist.test,
    )
    with tempfile.TemporaryDirectory() as folder:
        runs = [
            convlet.train(
                short,
                convlet.recipe(options.recipe, epochs=options.epochs, seed=seed, precision="float32"),
                out=Path(folder) / "runs",
            )
            for seed in range(1, options.seeds + 1)
        ]
        accuracies = [run.evaluate().accuracy for run in runs]
        return {
            "accuracies": accuracies,
            "accuracy_mean": sum(accuracies) / len(accuracies),
            "train_seconds": min(run.metrics["train_seconds"] for run in runs),
            "replicas": runs[0].recipe.replicas,
            "onnx_agreement": min(run.metrics["onnx"]["agreement"] for run in runs),
            "versions": runs[0].manifest["versions"],
            "hardware": runs[0].manifest["hardware"],
        }


if __name__ == "__main__":
    main()
