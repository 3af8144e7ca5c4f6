"""Measure `convlet label`: wrong labels found early, and how few images a person must look at to label the rest.

    python -m benchmarks.label flipped [--sets digits sign-digits] [--seeds 5]
    python -m benchmarks.label unlabeled --model RUN [--seeds 5]

`flipped`: 2 % of the labels of a folder are swapped at random; of those, which share is among the first 5 % that the
page shows? Beside it, the same by a model that was trained on the swapped labels.

`unlabeled`: 5,000 of MNIST's test images without labels. Each that is looked at is answered truthfully, the least sure
first, until the rule of `checks/labeling/stopping.py`, which sees no other label, says that the rest may be accepted.
"""

import argparse
import os
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import convlet
from benchmarks import measure
from convlet.checks.labeling.answers import answered
from convlet.checks.labeling.images import Images, images_in
from convlet.checks.labeling.order import UNLABELED, ordered
from convlet.checks.labeling.stopping import RIGHT, judged_rest
from convlet.system.watch import Watch

FLIPPED, SHOWN = 0.02, 0.05
COUNT = 5_000
SIGNS = Path("sign-digits") / "images.tar"


def main() -> None:
    """Measure one of the two, and keep the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("flipped", "unlabeled"))
    parser.add_argument("--sets", nargs="+", default=["digits", "sign-digits"])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--model", type=Path)
    given = parser.parse_args()
    data = Path(os.environ["CONVLET_DATA"])
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for seed in range(given.seeds):
            if given.what == "unlabeled":
                figures[str(seed)] = unlabeled(Path(scratch) / str(seed), given.model, seed)
                continue
            for name in given.sets:
                figures.setdefault(name, {})[str(seed)] = flipped(Path(scratch) / f"{name}-{seed}", name, data, seed)
    known = measure.load("label") if (measure.RESULTS / "label.json").is_file() else {}
    earlier = known.get(given.what, {})
    measure.save("label", {**known, given.what: {**earlier, **figures}})


def flipped(folder: Path, name: str, data: Path, seed: int) -> dict[str, Any]:
    """Swap labels, and return which share of those the page shows early."""
    truth = digits(folder) if name == "digits" else signs(folder, data / SIGNS)
    random = np.random.default_rng(seed)
    paths, classes = sorted(truth), sorted(set(truth.values()))
    wrong = set()
    for path in random.choice(paths, round(FLIPPED * len(paths)), replace=False).tolist():
        other = str(random.choice([one for one in classes if one != truth[path]]))
        (folder / path).rename(folder / (moved := f"{other}/{Path(path).name}"))
        wrong.add(moved)
    begun = time.perf_counter()
    found = images_in(folder)
    answers = answered(found, None, Watch())
    seconds = time.perf_counter() - begun
    made = {"images": len(paths), "flipped": len(wrong), "found": early(found, answers, wrong), "seconds": seconds}
    if name != "digits":  # a training on photographs takes an hour
        print(name, seed, made, flush=True)
        return made
    run = convlet.train(convlet.load(folder), convlet.recipe("small-data"), out=folder.parent / "runs")
    predictor = run.predictor()
    by_model = answers.probabilities.copy()
    for row, image in enumerate(found.images):
        by_model[row] = predictor.probabilities([str(found.file(image.path))])[0]
    own = type(answers)(answers.class_names, by_model, 0.0, answers.copies)
    made["found_by_a_model_that_learned_them"] = early(found, own, wrong)
    print(name, seed, made, flush=True)
    return made


def early(found: Images, answers: Any, wrong: set[str]) -> float:
    """Return the share of the wrong labels among the first images that the page shows."""
    labels = np.array([answers.class_names.index(image.filed) for image in found.images])
    order = ordered(answers.probabilities, labels, answers.copies, list(answers.errors))
    first = order[: round(SHOWN * len(found.images))]
    return sum(found.images[place.image].path in wrong for place in first) / len(wrong)


def unlabeled(folder: Path, model: Path, seed: int) -> dict[str, Any]:
    """Label images without labels, and return how many were looked at, and how many are right at the end."""
    folder.mkdir()
    test = convlet.load("mnist").test
    rows = np.random.default_rng(seed).choice(len(test), COUNT, replace=False)
    truth = {}
    images, labels = np.asarray(test.images[np.sort(rows)]), test.labels[np.sort(rows)]
    for row, (image, label) in enumerate(zip(images, labels, strict=True)):
        Image.fromarray(image[..., 0]).save(folder / f"{row:05}.png")
        truth[f"{row:05}.png"] = str(label)
    found = images_in(folder)
    answers = answered(found, model, Watch())
    order = [place.image for place in ordered(answers.probabilities, np.full(COUNT, UNLABELED))]
    sure = answers.probabilities.max(axis=1)
    best = answers.probabilities.argmax(axis=1)
    right = np.array(
        [answers.class_names[best[row]] == truth[image.path] for row, image in enumerate(found.images)], np.bool_
    )
    looked = 0
    while True:
        seen = [(float(sure[row]), bool(right[row])) for row in order[:looked]]
        rest = judged_rest(sure[order[looked:]], seen)
        if rest.enough:
            break
        looked += 1
    left = int((~right[order[looked:]]).sum())
    made = {
        "looked_at": looked,
        "part": looked / COUNT,
        "expected_wrong": rest.wrong,
        "wrong": left,
        "right": 1 - left / COUNT,
        "reached": 1 - left / COUNT >= RIGHT,
        "wrong_at_first": int((~right).sum()),
    }
    print("unlabeled", seed, made, flush=True)
    return made


def digits(folder: Path) -> dict[str, str]:
    """Write the built-in digits as class folders; return each path's class."""
    data = convlet.load("digits")
    truth = {}
    for split in ("train", "test"):
        part = data.split(split)
        for row, (image, label) in enumerate(zip(np.asarray(part.images), part.labels, strict=True)):
            path = f"{label}/{split}-{row:04}.png"
            (folder / str(label)).mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[..., 0]).save(folder / path)
            truth[path] = str(label)
    return truth


def signs(folder: Path, archive: Path) -> dict[str, str]:
    """Unpack the photographs of hands; return each path's class."""
    folder.mkdir(parents=True)
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return {path.relative_to(folder).as_posix(): path.parent.name for path in folder.glob("*/*") if path.is_file()}


if __name__ == "__main__":
    main()
