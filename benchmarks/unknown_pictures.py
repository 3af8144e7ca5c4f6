"""What models of pictures refuse: `python -m benchmarks.unknown_pictures [--seeds 1] [--sets SET ...]`.

Trains on 10,000 photographs and on hands (`picture_sets.py`), and shows each model the test images of its own data, of
which it should accept 95 %, and what it should refuse: the test images of the other set, letters, digits, and drawn
noise, flat color, stripes and textures (`no_pictures.py`). Every picture is read as `convlet predict` reads it, and
refused by the model's own threshold. It writes `results/unknown-pictures.json` after each model. `--set FIELD=VALUE`
changes the recipe and `--name` the file.

Recipe and threshold were chosen by training images alone, of the letters by those that are not shown here; other
pieces of the textures' three photographs were looked at then (`LOG.md`).
"""

import argparse
import io
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure, no_pictures, picture_sets

_SEED = 2026
_SHOWN = 500  # pictures of each kind
_TRAINED = ("cifar-10000", "sign-digits")


def shown() -> dict[str, list[Any]]:
    """Pictures of each kind, at random."""
    random = np.random.default_rng(_SEED)
    found: dict[str, list[Any]] = {}
    for name in (*_TRAINED, "letters"):
        files = picture_sets.SETS[name]()[1]
        found[name] = [
            Image.open(io.BytesIO(files[row].data)) for row in random.permutation(len(files))[:_SHOWN].tolist()
        ]
    digits = convlet.load("mnist").test
    found["mnist"] = list(digits.images[digits.sample(_SHOWN)][..., 0])
    return found | {kind.__name__.replace("_", " "): list(kind(_SHOWN, random)) for kind in no_pictures.KINDS}


def measured(run: convlet.Run, own: str, kinds: dict[str, list[Any]]) -> dict[str, Any]:
    """Every figure of one trained model."""
    predictor = run.predictor()
    judged = run.evaluate()
    refused = {}
    for name, pictures in kinds.items():
        if name != own:
            answers = predictor.predict(np.stack([predictor.read(picture) for picture in pictures]))
            refused[name] = statistics.mean(not answer.known for answer in answers)
    return {
        "set": own,
        "recipe": run.recipe.name,
        "seed": run.recipe.seed,
        "outliers": run.recipe.outliers,
        "train_seconds": run.metrics["train_seconds"],
        "threshold": predictor.signature.threshold,
        "test_images": judged.n,
        "accuracy": judged.accuracy,
        "accepted": judged.rejection.accepted if judged.rejection else None,
        "refused": refused,
    }


def main() -> None:
    """Measure, keep the raw figures, print them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--sets", nargs="+", choices=_TRAINED, default=_TRAINED)
    parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="change the recipe")
    parser.add_argument("--name", default="unknown-pictures", help="of the file of results")
    options = parser.parse_args()
    changes = [word for change in options.set for word in ("--set", change)]
    command = str(Path(sys.executable).with_name("convlet"))
    kinds, found = shown(), []
    with tempfile.TemporaryDirectory(dir=measure.large_folder()) as temporary:
        for name in options.sets:
            folder = picture_sets.make(name, Path(temporary) / name)
            out = Path(temporary) / "runs"
            for seed in range(1, options.seeds + 1):
                words = ["train", str(folder), "--seed", str(seed), "--out", str(out), "--json", *changes]
                found.append(measured(convlet.Run(measure.run_json([command, *words])["run"]), name, kinds))
                print(json.dumps(found[-1]), file=sys.stderr, flush=True)
                measure.save(
                    options.name,
                    {"pictures_of_each_kind": _SHOWN, "models": found, **measure.machine(out)},
                    whole=set(options.sets) == set(_TRAINED),
                )
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
