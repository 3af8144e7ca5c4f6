"""Judge a model on a split, and save figures, pictures and report."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, Split
from convlet.data.files import quarantine
from convlet.evaluation import (
    CORRUPTIONS,
    PICTURE_CORRUPTIONS,
    SEVERITIES,
    Evaluation,
    corrupt,
    corrupt_pictures,
    evaluate,
)
from convlet.prediction.predictor import Predictor
from convlet.report import Facts, Training, plots, write_report
from convlet.report.commands import labeled_folder
from convlet.signature import Form
from convlet.system.machine import versions
from convlet.system.places import write_json
from convlet.system.watch import Watch

QUARANTINE = "quarantine.csv"
_CHUNK = 1_000  # images corrupted at a time


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A model's answers on a split, and their figures."""

    evaluation: Evaluation
    split: Split
    probabilities: NDArray[np.float32]  # (n, classes)
    facts: Facts
    examples: Mapping[str, NDArray[np.uint8]]  # an image, (height, width, channels), under each corruption measured

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write `report-NAME.html`, `evaluation-NAME.json` and `PICTURE-NAME.png`, and return the paths in this order.

        For "test", the report is `report.html`. The test images that cannot be read are added to `quarantine.csv`.

        Raises:
            OutputError: one cannot be written; each file is whole or absent.
        """
        found = self.evaluation
        low, high = found.accuracy_interval_95
        title = f"{found.accuracy:.2%} of {found.n:,} right (95 % interval {low:.2%} to {high:.2%})"
        report = folder / ("report.html" if name == "test" else f"report-{name}.html")
        paths = [report, folder / f"evaluation-{name}.json"]
        write_json(paths[1], found.to_dict())
        pictures = {
            "confusion": plots.confusion_matrix(found.confusion, found.class_names, title),
            "reliability": plots.reliability(found),
        }
        if found.rejection:
            pictures["rejection"] = plots.rejection(found.rejection)
        for what, picture in pictures.items():
            paths.append(folder / f"{what}-{name}.png")
            plots.save(picture, paths[-1])
        if name == self.facts.split:  # of the model's own data
            quarantine(self.split.left_out, folder / QUARANTINE)
        write_report(report, found, self.split, self.probabilities, self.facts, self.examples)
        return paths


def judge(
    predictor: Predictor,
    dataset: Dataset,
    split: str = "test",
    *,
    model: str,
    corruptions: bool = False,
    details: Mapping[str, str] | None = None,
    verdict: str = "",
    training: Training | None = None,
    watch: Watch | None = None,
) -> Judgement:
    """Run a model over a split and judge its answers.

    Args:
        predictor: the model.
        dataset: one with the model's classes.
        split: "test", "train" or "validation".
        model: its name in the report.
        corruptions: also measure the accuracy under fifteen corruptions, MNIST-C's for ink and CIFAR-10-C's for
            pictures; this takes more than fifteen times as long.
        details: more lines for the report's footer.
        verdict: what went wrong with the model's training, for the report.
        training: how the model was trained, for the report.
        watch: callbacks; `on_note` gets the accuracy under each corruption.

    Raises:
        ModelError: the model lacks a class of the data set.
        DataError: there is no such split.
    """
    watch = watch or Watch()
    judged = predictor.split(dataset, split)
    probabilities = predictor.probabilities(judged.images)
    signature = predictor.signature
    found = evaluate(probabilities, judged.labels, signature.class_names, signature.threshold, judged.files)
    examples: dict[str, NDArray[np.uint8]] = {}
    if corruptions:
        accuracies = {}
        for name in CORRUPTIONS if signature.form.kind == "ink" else PICTURE_CORRUPTIONS:
            accuracies[name], examples[name] = _under(name, predictor, judged)
            watch.on_note(f"under {name.replace('_', ' ')}: {accuracies[name]:.2%}")
        found = found.with_robustness(accuracies)
    facts = {
        "recipe": signature.recipe,
        "temperature": f"{signature.temperature:.3f}",
        **(details or {}),
        "judged": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
    }
    return Judgement(
        evaluation=found,
        split=judged,
        probabilities=probabilities,
        facts=Facts(
            model=model,
            dataset=dataset.name,
            split=split,
            details=facts,
            verdict=verdict,
            folder=labeled_folder(dataset),
            training=training,
        ),
        examples=examples,
    )


def _under(name: str, predictor: Predictor, split: Split) -> tuple[float, NDArray[np.uint8]]:
    """Return the accuracy under a corruption, and the first image under it."""
    right, examples = 0, []
    for number, start in enumerate(range(0, len(split), _CHUNK)):
        part = slice(start, start + _CHUNK)
        corrupted = _corrupted(split.images[part], name, predictor.signature.form, number)
        examples.append(corrupted[0])
        right += int((predictor.probabilities(corrupted).argmax(axis=1) == split.labels[part]).sum())
    return right / len(split), examples[0]


def _corrupted(images: NDArray[np.uint8], name: str, form: Form, seed: int) -> NDArray[np.uint8]:
    """Corrupt images; pictures cycle through the severities, middle one first, so that accuracies are averages."""
    if form.kind != "ink":
        return corrupt_pictures(images, name, (np.arange(len(images)) + SEVERITIES // 2) % SEVERITIES + 1, seed)
    gray = images[..., :1]  # the channels of ink are identical
    corrupted = corrupt(gray, name, seed) if form.light else 255 - corrupt(255 - gray, name, seed)
    return corrupted.repeat(images.shape[-1], axis=-1)
