"""What a few new images teach a model, and what it forgets: `python -m benchmarks.teach RUN`.

RUN is of MNIST. Each turn teaches it Semeion's digits of some writers, 20 or 5 of each, and judges those of the others;
letters as ten new classes, 20 images of each; and three 7s with a writer's bar, which it misreads. There are more turns
of writers' bars, which differ far more than groups of Semeion do. MNIST's test images tell what is forgotten. Semeion,
the letters and MNIST come from the folder CONVLET_DATA.
"""

import argparse
import gzip
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

import convlet
from benchmarks import measure

# Rows with twenty or more of each digit. The settings were found with those from 800 on, which these turns judge too.
_GROUPS = ((0, 200), (200, 400), (400, 600), (600, 800))
_SHOWN, _UNSEEN = 3, 100  # crossed 7s
_FINE = 8  # times larger: the size at which a bar is drawn
_NEW = 20  # images of each new class


class Taught:
    """A model before and after, on MNIST's test images."""

    def __init__(self, run: convlet.Run) -> None:
        self.run, self.before = run, run.predictor()
        self.mnist = convlet.load("mnist")
        self.answers = self.before.probabilities(self.mnist.test.images).argmax(axis=1)

    def by(self, images: NDArray[np.uint8], labels: list[str], seed: int) -> tuple[convlet.Predictor, dict[str, float]]:
        """Teach these images; return the new model, and what became of the old."""
        names = sorted(set(labels))
        numbers = np.array([names.index(each) for each in labels])
        given = convlet.Dataset.from_arrays(
            images,
            numbers,
            class_names=names,
            name="new",
            test=(images, labels),
        )
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as out:
            after = convlet.train(given, self.run.teaching(names, seed=seed), start=self.run, out=out).predictor()
        seconds = time.perf_counter() - began
        said = after.probabilities(self.mnist.test.images).argmax(axis=1)
        right = self.mnist.test.labels
        lost = float((self.answers == right).mean() - (said == right).mean())
        return after, {"seconds": seconds, "mnist_lost": lost, "changed": float((said != self.answers).mean())}


def main() -> None:
    """Print every figure, and save them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run")
    parser.add_argument("--turns", type=int, default=len(_GROUPS), help="of each part; six times as many bars")
    parser.add_argument("--parts", nargs="*", choices=_PARTS, default=list(_PARTS))
    options = parser.parse_args()
    taught = Taught(convlet.Run(options.run))
    found = measure.load("teach")
    for name in options.parts:
        turns = []
        for turn in range(options.turns * _TIMES.get(name, 1)):
            turns.append(_PARTS[name](taught, turn))
            print(f"{name}, turn {turn + 1}: {json.dumps(turns[-1])}", file=sys.stderr, flush=True)
        keys = turns[0].keys()
        found[name] = {
            "mean": {key: statistics.mean(one[key] for one in turns) for key in keys},
            "spread": {key: statistics.pstdev(one[key] for one in turns) for key in keys},
            "turns": turns,
        }
        print(json.dumps({name: found[name]["mean"]}, indent=2))
    whole = measure.whole(parser, options)
    measure.save("teach", found, whole=whole)


def _semeion(taught: Taught, turn: int, each: int) -> dict[str, float]:
    images, labels = _read_semeion(taught.before)
    own = slice(*_GROUPS[turn % len(_GROUPS)])
    mine = np.zeros(len(labels), bool)
    mine[own] = True
    random = np.random.default_rng(turn)
    rows = [random.permutation(np.flatnonzero(mine & (labels == digit)))[:each] for digit in range(10)]
    taken = np.concatenate(rows)
    after, facts = taught.by(images[taken], labels[taken].astype(str).tolist(), turn)
    right, before = (
        (each.probabilities(images[~mine]).argmax(axis=1) == labels[~mine]).mean() for each in (after, taught.before)
    )
    return {"before": float(before), "after": float(right), **facts}


def _read_semeion(reader: convlet.Predictor) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    with np.load(Path(os.environ["CONVLET_DATA"]) / "ink" / "semeion.npz") as arrays:
        images = np.stack([reader.read(image) for image in arrays["images"]])
        return images, arrays["labels"].astype(np.int64)


def _letters(taught: Taught, turn: int) -> dict[str, float]:
    images, labels = (part[1::2] for part in _read_letters())  # the settings were found with the others
    names = [chr(ord("A") + label) for label in range(10)]
    random = np.random.default_rng(turn)
    of_each = [random.permutation(np.flatnonzero(labels == label)) for label in range(10)]
    rows = np.concatenate([places[:_NEW] for places in of_each])
    others = np.concatenate([places[_NEW:] for places in of_each])
    after, facts = taught.by(images[rows], [names[label] for label in labels[rows]], turn)
    places = np.array([after.signature.class_names.index(name) for name in names])
    right = (after.probabilities(images[others]).argmax(axis=1) == places[labels[others]]).mean()
    return {"after": float(right), **facts}


def _read_letters() -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    folder = Path(os.environ["CONVLET_DATA"]) / "notmnist"
    images, labels = (gzip.decompress(next(folder.glob(f"*{what}*")).read_bytes()) for what in ("images", "labels"))
    pixels = np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28, 1)
    return pixels, np.frombuffer(labels, np.uint8, offset=8).astype(np.int64)


def _crossed(taught: Taught, turn: int) -> dict[str, float]:
    """Teach three 7s of a writer whose bar the model does not know; judge a hundred others of that writer."""
    random = np.random.default_rng(turn)
    sevens = taught.mnist.test.images[taught.mnist.test.labels == 7]
    for _ in range(1_000):
        bar = _Bar(*random.uniform((0.3, 0.45, 1.0, -0.25), (0.6, 1.1, 3.5, 0.25)))
        crossed = np.stack([bar.across(image) for image in random.permutation(sevens)[:400]])
        wrong = taught.before.probabilities(crossed).argmax(axis=1) != 7
        if wrong.sum() >= _SHOWN:
            break
    shown = np.flatnonzero(wrong)[:_SHOWN]
    unseen = np.delete(crossed, shown, axis=0)[:_UNSEEN]
    before = float((taught.before.probabilities(unseen).argmax(axis=1) == 7).mean())
    after, facts = taught.by(crossed[shown], ["7"] * _SHOWN, turn)
    return {"before": before, "after": float((after.probabilities(unseen).argmax(axis=1) == 7).mean()), **facts}


class _Bar(NamedTuple):
    """How one writer crosses a 7: at a height and of a width (of the ink's box), a pen (pixels), a slope."""

    height: float
    width: float
    pen: float
    slope: float

    def across(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Return an image, uint8 (28, 28, 1), with a bar through the stroke."""
        rows, columns = (np.flatnonzero((image[..., 0] > 80).any(axis=axis)) for axis in (1, 0))
        y = rows[0] + self.height * np.ptp(rows)
        stem = np.flatnonzero(image[round(y), :, 0] > 80)
        x = stem.mean() if len(stem) else columns.mean()
        half = self.width * np.ptp(columns) / 2
        large = Image.fromarray(image[..., 0]).resize((28 * _FINE, 28 * _FINE), Image.Resampling.BICUBIC)
        ends = [((x + side * half) * _FINE, (y - side * half * self.slope) * _FINE) for side in (-1, 1)]
        ImageDraw.Draw(large).line(ends, fill=255, width=round(self.pen * _FINE))
        return np.asarray(large.resize((28, 28), Image.Resampling.BOX))[..., np.newaxis]


_PARTS: dict[str, Callable[[Taught, int], dict[str, Any]]] = {
    "semeion, 20 of each": lambda taught, turn: _semeion(taught, turn, 20),
    "semeion, 5 of each": lambda taught, turn: _semeion(taught, turn, 5),
    "letters": _letters,
    "crossed 7": _crossed,
}

_TIMES = {"crossed 7": 6}

if __name__ == "__main__":
    main()
