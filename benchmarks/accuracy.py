"""How accurate a recipe is: `python -m benchmarks.accuracy RECIPE [--seeds 5] [--out FOLDER] [--json]`.

Train the recipe once for each seed from 1 on, as a user does. Open the test set once for each finished model, and once
more for the ensemble of them all: the mean of their probabilities, which is what `--ensemble N` exports. Write
`results/RECIPE.json` after each.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

import numpy as np

import convlet
from benchmarks import measure


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("recipe", choices=[name for name in convlet.RECIPES if name != "small-data"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument(
        "--out", type=Path, help="where the run folders are made, to stay there; the default is a temporary folder"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    test = convlet.load("mnist").test
    total = np.zeros((len(test), 10))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.out or Path(temporary)
        runs, before = [], len(measure.load(options.recipe).get("runs", ()))
        for seed in range(1, options.seeds + 1):
            runs.append(measure.train(options.recipe, seed, folder))
            total += convlet.Predictor(runs[-1]["run"]).probabilities(test.images)
            print(
                f"{options.recipe} {seed}: {runs[-1]['accuracy']:.2%} in {runs[-1]['train_seconds']:.1f} s",
                file=sys.stderr,
                flush=True,
            )
            ensemble = float((total.argmax(axis=1) == test.labels).mean())
            result = {
                "summary": measure.summary(runs) | {"ensemble_accuracy": ensemble},
                "runs": runs,
                **measure.machine(folder),
            }
            measure.save(options.recipe, result, whole=len(runs) >= before)
    print(json.dumps(result["summary"], indent=None if options.json else 2))


if __name__ == "__main__":
    main()
