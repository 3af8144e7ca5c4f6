"""What each setting of a recipe does: the recipe beside itself with one thing changed, on validation images.

`python -m benchmarks.tune [RECIPE] [--seeds 3]`: trains on 50,000 images of MNIST's train split and validates on the
other 10,000 (`validation_fraction` 1/6); the test set stays closed. Writes `results/tune-RECIPE.json`.
benchmarks/LOG.md says what was learned from it.
"""

import argparse
import statistics
import sys
import tempfile
from typing import Any

import convlet
from benchmarks import measure

CHANGES: dict[str, list[dict[str, Any]]] = {
    "fast": [
        {"first_filters": "learned"},
        {"activation": "relu"},
        {"activation": "silu"},
        {"activation": ["relu", "gelu"]},
        {"label_smoothing": 0.0},
        {"label_smoothing": 0.2},
        {"pixels": "unit"},
        {"crop": 0},
        {"crop": 1},
        {"crop": 3},
        {"kernel_size": [5, 3], "strides": [2, 1], "pool": [1, 2]},
        {"kernel_size": [6, 4]},
        {"filters": [32, 32]},
        {"filters": [16, 48]},
        {"filters": [16, 64]},
        {"filters": [16, 48], "batch_size": 192},
        {"filters": [16, 16]},
        {"dense_units": 64},
        {"dense_units": 256},
        {"dense_units": 0},
        {"dropout": 0.2},
        {"learning_rate": 0.015},
        {"learning_rate": 0.02},
        {"betas": [0.9, 0.99]},
        {"schedule": "constant", "learning_rate": 0.003},
        {"warmup": 0.25},
        {"batch_size": 128},
        {"batch_size": 512},
        {"normalization": "batch"},
        {"shift": 1},
        {"optimizer": "adamw"},
        {"optimizer": "nadam"},
        {"precision": "float32"},
        {"epochs": 2},
    ],
    "balanced": [
        {"epochs": 3},
        {"epochs": 6},
        {"shift": 0},
        {"shift": 2},
        {"shift": 1, "rotation": 5, "zoom": 0.05, "shear": 3},
        {"activation": "relu"},
        {"activation": "silu"},
        {"first_filters": "cosine"},
        {"normalization": "batch"},
        {"learning_rate": 0.015},
        {"learning_rate": 0.005},
        {"label_smoothing": 0.0},
        {"batch_size": 128},
        {"kernel_size": [5, 4], "strides": 2, "pool": 1},
    ],
}


def main() -> None:
    """Measure every change, save the raw figures, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=CHANGES, nargs="?", default="fast")
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    base = convlet.recipe(options.recipe, validation_fraction=1 / 6)
    mnist = convlet.load("mnist").with_validation(1 / 6)
    rows = []
    print(f"{'mean':>8} {'min':>8} {'max':>8} {'s':>6}  {options.recipe} with")
    with tempfile.TemporaryDirectory() as folder:
        for change in [{}, *CHANGES[options.recipe]]:
            runs = [
                convlet.train(mnist, base.changed(**change, seed=seed), out=folder)
                for seed in range(1, options.seeds + 1)
            ]
            accuracies = [run.metrics["val_accuracy"] for run in runs]
            seconds = statistics.median(run.metrics["train_seconds"] for run in runs)
            rows.append({"change": change, "accuracies": accuracies, "train_seconds": seconds})
            mean = statistics.mean(accuracies)
            figures = f"{mean:8.3%} {min(accuracies):8.2%} {max(accuracies):8.2%} {seconds:6.2f}"
            print(f"{figures}  {change or 'nothing changed'}", flush=True)
        manifest = runs[-1].manifest
    path = measure.save(
        f"tune-{options.recipe}",
        {"rows": rows, "hardware": manifest["hardware"], "versions": manifest["versions"]},
        whole=measure.whole(parser, options),
    )
    print(f"written to {path.name}", file=sys.stderr)


if __name__ == "__main__":
    main()
