"""A model judged on a split of a data set, and what is kept of it: the figures, the pictures, the report."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset, Split
from convlet.errors import DataError
from convlet.evaluation import CORRUPTIONS, Evaluation, corrupt, evaluate
from convlet.prediction.predictor import Predictor
from convlet.report import Facts, plots, write_report
from convlet.system.files import write_text
from convlet.system.machine import versions

_CHUNK = 1_000  # images corrupted at a time

OnCorruption = Callable[[str, float], None]


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What a model answered on a split, and what that comes to.

    Attributes:
        evaluation: the figures.
        split: the images and labels judged.
        probabilities: float32 (n, classes), what the model answered.
        facts: names for the report.
        examples: one image under each corruption, uint8 (height, width, channels), by name; none where that was not asked for.
    """

    evaluation: Evaluation
    split: Split
    probabilities: NDArray[np.float32]
    facts: Facts
    examples: Mapping[str, NDArray[np.uint8]] = field(default_factory=dict)

    def save(self, folder: Path, name: str) -> list[Path]:
        """Write the figures (`evaluation-NAME.json`), the report (`report-NAME.html`, for the test split `report.html`) and its pictures.

        Returns:
            The files, the report first.

        Raises:
            OutputError: one cannot be written; the others are whole or not there.
        """
        found = self.evaluation
        low, high = found.accuracy_interval_95
        title = f"{found.accuracy:.2%} of {found.n:,} right (95 % interval {low:.2%} to {high:.2%})"
        report = folder / ("report.html" if name == "test" else f"report-{name}.html")
        figures = folder / f"evaluation-{name}.json"
        write_text(figures, json.dumps(found.to_dict(), indent=2, ensure_ascii=False) + "\n")
        pictures = {
            "confusion": plots.confusion_matrix(found.confusion, found.class_names, title),
            "reliability": plots.reliability(found),
        }
        if found.rejection:
            pictures["rejection"] = plots.rejection(found.rejection)
        paths = {what: folder / f"{what}-{name}.png" for what in pictures}
        for what, picture in pictures.items():
            plots.save(picture, paths[what])
        write_report(report, found, self.split.images, self.split.labels, self.probabilities, self.facts, self.examples)
        return [report, figures, *paths.values()]


def judge(
    predictor: Predictor,
    dataset: Dataset,
    split: str = "test",
    *,
    model: str,
    corruptions: bool = False,
    details: Mapping[str, str] | None = None,
    on_corruption: OnCorruption | None = None,
) -> Judgement:
    """Run a model over a split and judge its answers.

    Args:
        model: what the report calls it.
        corruptions: measure the accuracy under the fifteen corruptions of MNIST-C as well; that takes fifteen times as long.
        details: more for the foot of the report.
        on_corruption: called with each corruption's name and the accuracy under it.

    Raises:
        ModelError, DataError: see `Predictor.evaluate`; or corruptions were asked for and the images are coloured.
    """
    judged = predictor.split(dataset, split)
    probabilities = predictor.probabilities(judged.images)
    signature = predictor.signature
    found = evaluate(probabilities, judged.labels, signature.class_names, signature.threshold)
    examples: dict[str, NDArray[np.uint8]] = {}
    if corruptions:
        if judged.image_shape[-1] != 1:
            raise DataError(
                f"the corruptions are made for grey images; {dataset.name} has coloured ones. Leave --corruptions away."
            )
        accuracies = {}
        for name in CORRUPTIONS:
            accuracies[name], examples[name] = _under(name, predictor, judged)
            if on_corruption:
                on_corruption(name, accuracies[name])
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
        facts=Facts(model=model, dataset=dataset.name, split=split, details=facts),
        examples=examples,
    )


def _under(name: str, predictor: Predictor, split: Split) -> tuple[float, NDArray[np.uint8]]:
    """Accuracy under a corruption, and the first image under it. Corruptions are made for light ink: dark ink is turned around before and after."""
    dark = predictor.signature.form.kind == "ink" and not predictor.signature.form.light
    right = 0
    examples = []
    for number, start in enumerate(range(0, len(split), _CHUNK)):
        images = split.images[start : start + _CHUNK]
        corrupted = corrupt(255 - images if dark else images, name, seed=number)
        corrupted = 255 - corrupted if dark else corrupted
        examples.append(corrupted[0])
        right += int((predictor.probabilities(corrupted).argmax(axis=1) == split.labels[start : start + _CHUNK]).sum())
    return right / len(split), examples[0]
