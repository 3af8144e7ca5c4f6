"""How models trained on MNIST do on what is not MNIST: `python -m benchmarks.strangers RUN... [--pictures FOLDER]`.

Strangers' ink (where `CONVLET_DATA` has `ink/`), rendered photographs and pages, digits on clean ground, the
corruptions of MNIST-C, calibration, and what is refused; the mean over the runs of each recipe. Pictures are rendered
into FOLDER and kept there. Each recipe among the runs gets a `results/strangers-RECIPE.json`.

Reader and recipes were developed with the drawings and Semeion, and never trained on them. Photographs, pages and clean
digits show test digits that nobody had looked at before.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import convlet
from benchmarks import measure, no_digits, photographs
from benchmarks.variants import VARIANTS
from convlet.run.judge import judge

_SEED = 2026
_CLEAN = 2_000  # test digits of each variant
_REFUSED = 500  # pictures of each kind

Images = NDArray[np.uint8]


def strokes(reader: convlet.Predictor) -> dict[str, tuple[Images, list[str]]]:
    """Read what strangers drew, and Semeion's digits: images in the model's form, and labels; none if absent."""
    ink = Path(os.environ.get("CONVLET_DATA", "")) / "ink"
    if not ink.is_dir():
        return {}
    drawn = sorted(ink.glob("drawn/*/*/*"))
    semeion = np.load(ink / "semeion.npz")
    return {
        "drawn": (np.stack([reader.read(path) for path in drawn]), [path.parent.name for path in drawn]),
        "semeion": (
            np.stack([reader.read(image) for image in semeion["images"]]),
            semeion["labels"].astype(str).tolist(),
        ),
    }


class Sets:
    """What is read once for all models: they share one form of input."""

    def __init__(self, reader: convlet.Predictor, folder: Path) -> None:
        self.test = convlet.load("mnist").test
        self.groups = strokes(reader)
        self.refused: dict[str, Images] = {}
        ink = Path(os.environ.get("CONVLET_DATA", "")) / "ink"
        if ink.is_dir():
            self.refused["greek letters by hand"] = np.stack(
                [reader.read(path) for path in sorted(ink.glob("letters/*/*/*.png"))]
            )
        truth = photographs.render(folder / "photographs", "test", 2_000, 1, _SEED)
        self.groups["photographs"] = (
            np.stack([reader.read(folder / "photographs" / each["file"]) for each in truth]),
            [each["digits"] for each in truth],
        )
        pages = photographs.render(folder / "pages", "test", 200, 20, _SEED)
        self.pages = [(folder / "pages" / page["file"], page["digits"]) for page in pages]
        random = np.random.default_rng(_SEED)
        labels = [str(label) for label in self.test.labels[:_CLEAN]]
        digits = list(self.test.images[:_CLEAN][..., 0])
        self.groups["untouched"] = np.stack(digits)[..., np.newaxis], labels
        for name, change in VARIANTS.items():
            self.groups[name] = np.stack([reader.read(change(digit, random)) for digit in digits]), labels
        for kind in (
            no_digits.blanks,
            no_digits.uniform_noise,
            no_digits.gaussian_blobs,
            no_digits.blurred_noise,
            no_digits.textures,
        ):
            pictures = kind(_REFUSED, random)
            name = kind.__name__.replace("_", " ")
            self.refused[name] = np.stack(pictures)[..., np.newaxis]
            self.refused[f"{name}, through the reader"] = np.stack([reader.read(picture) for picture in pictures])
        letters = no_digits.letters(random)
        for name, chosen in (
            ("printed letters", set(letters)),
            ("printed letters but OoIlSsZz", set(letters) - set(no_digits.LOOKALIKES)),
        ):
            self.refused[name] = np.stack(
                [reader.read(picture) for letter in sorted(chosen) for picture in letters[letter]]
            )


def measured(run: str, sets: Sets) -> dict[str, Any]:
    """Every figure of one trained model."""
    predictor = convlet.Run(run).predictor()
    figures: dict[str, Any] = {}
    for name, group in sets.groups.items():
        figures[name] = judged(predictor, *group)
    figures["pages"] = _pages(predictor, sets)
    found = judge(predictor, convlet.load("mnist"), model=run, corruptions=True).evaluation
    figures |= {
        "accuracy": found.accuracy,
        "ece": found.ece,
        "accepted": found.rejection.accepted if found.rejection else None,
    }
    figures["mnist-c"] = {"mean": found.robustness.mean, **found.robustness.corruptions} if found.robustness else None
    figures["refused"] = {
        name: statistics.mean(not answer.known for answer in predictor.predict(images))
        for name, images in sets.refused.items()
    }
    return figures


def judged(predictor: convlet.Predictor, images: Images, labels: list[str]) -> dict[str, Any]:
    """Judge a model on one group of images in its form."""
    answers = predictor.predict(images)
    return {
        "accuracy": statistics.mean(answer.label == label for answer, label in zip(answers, labels, strict=True)),
        "images": len(labels),
        "known": statistics.mean(answer.known for answer in answers),
    }


def _pages(predictor: convlet.Predictor, sets: Sets) -> dict[str, Any]:
    """Count characters found in order, whatever the model took them for.

    A page with the right number in each line counts whole; of any other those read right, in order.
    """
    found = right = most = 0
    whole = []
    for path, truth in sets.pages:
        characters = predictor.read_page(path)
        text = "".join(answer.top[0][0] for answer in characters.answers)
        bounds = np.linspace(0, len(truth), photographs.LINES + 1).round().astype(int)
        whole.append(
            [one.line for one in characters] == np.repeat(np.arange(photographs.LINES), np.diff(bounds)).tolist()
        )
        in_order = measure.in_order(text, truth)
        found += len(truth) if whole[-1] else in_order
        right += in_order
        most += max(len(text), len(truth))
    return {
        "characters": sum(len(truth) for _, truth in sets.pages),
        "found_in_order": found / most,
        "read_right_and_in_order": right / most,
        "pages_with_every_character_found": statistics.mean(whole),
    }


def _mean(values: list[Any]) -> Any:
    """The mean of each figure over the runs."""
    if isinstance(values[0], dict):
        return {key: _mean([value[key] for value in values]) for key in values[0]}
    return statistics.mean(values) if isinstance(values[0], (int, float)) else values[0]


def main() -> None:
    """Measure, keep the raw figures, print their means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN", help="a run folder")
    parser.add_argument(
        "--pictures", type=Path, help="where rendered pictures are kept; the default is a temporary folder"
    )
    options = parser.parse_args()
    names = {run: convlet.Run(run).recipe.name for run in options.runs}
    if not no_digits.fonts():
        sys.exit(
            "this system has no fonts with Latin letters, which are to be refused. Install some: fonts-liberation."
        )
    with tempfile.TemporaryDirectory() as temporary:
        sets = Sets(convlet.Run(options.runs[0]).predictor(), options.pictures or Path(temporary))
    recipes: dict[str, list[dict[str, Any]]] = {}
    before = {name: len(measure.load(f"strangers-{name}").get("runs", ())) for name in names.values()}
    for run in options.runs:
        found = measured(run, sets)
        print(
            f"{run}: photographs {found['photographs']['accuracy']:.2%}, mnist-c {found['mnist-c']['mean']:.2%}",
            file=sys.stderr,
        )
        runs = recipes.setdefault(names[run], [])
        runs.append(found)
        measure.save(
            f"strangers-{names[run]}", {"mean": _mean(runs), "runs": runs}, whole=len(runs) >= before[names[run]]
        )
    print(json.dumps({recipe: _mean(runs) for recipe, runs in recipes.items()}, indent=2))


if __name__ == "__main__":
    main()
