"""Compute accuracy, loss, per-class scores and the images worth a look, from probabilities and labels alone."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.evaluation.calibration import ReliabilityBin, calibration_error, reliability
from convlet.evaluation.chance import learned
from convlet.evaluation.corruptions import CORRUPTIONS
from convlet.evaluation.interval import wilson_interval
from convlet.evaluation.rejection import Rejection, reject
from convlet.evaluation.suspects import suspect_labels

_EPSILON = 1e-7  # Keras clips probabilities here before the logarithm
_UNEVEN = 1.5  # times as many images in the largest class as in the smallest
SHOWN = 24  # images listed of each kind


@dataclass(frozen=True)
class ClassScore:
    """Precision, recall and F1 of one class, 0 to 1, and its number of images."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Case:
    """One image worth a look."""

    index: int  # in the split
    label: str  # its labeled class
    answer: str  # the likeliest class
    probability: float  # of the answer
    probability_of_label: float  # the same if the answer is right
    file: str | None = None  # the image's, if it has one


@dataclass(frozen=True)
class Robustness:
    """Accuracy on the same images, corrupted (`corruptions.py` for ink, `picture_corruptions.py` for pictures)."""

    mean: float  # over the corruptions
    corruptions: Mapping[str, float]  # the accuracy under each, by name

    @property
    def collection(self) -> str:
        """Return whose corruptions these are: MNIST-C's or CIFAR-10-C's."""
        return "MNIST-C" if set(self.corruptions) <= set(CORRUPTIONS) else "CIFAR-10-C"


@dataclass(frozen=True)
class Evaluation:
    """A model's figures on one split.

    Attributes:
        n: number of images.
        accuracy: the fraction whose likeliest class is the label.
        accuracy_interval_95: Wilson's 95 % interval of the accuracy.
        balanced_accuracy: the mean recall of the classes that have images.
        loss: mean categorical cross-entropy, natural logarithm.
        ece: expected calibration error, 15 bins: the mean gap between confidence and accuracy.
        class_names: those of the rows and columns of `confusion`.
        per_class: each class's scores.
        confusion: `confusion[i][j]` images of class i were answered as class j.
        reliability: the 15 bins behind `ece`.
        worst: mistakes, most confident first; at most 24, like the next two.
        uncertain: answers, right or wrong, least confident first.
        suspects: mistakes whose label is probably wrong, likeliest first; meaningless on training images, and empty
            if the model has not learned.
        rejection: what the model's threshold refuses; None without a threshold.
        robustness: accuracy under corruptions; None if not measured.

    Example:
        >>> evaluation = run.evaluate(dataset)
        >>> evaluation.n, evaluation.accuracy > 0.5
        (360, True)
    """

    n: int
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    balanced_accuracy: float
    loss: float
    ece: float
    class_names: tuple[str, ...]
    per_class: tuple[ClassScore, ...]
    confusion: tuple[tuple[int, ...], ...]
    reliability: tuple[ReliabilityBin, ...] = ()
    worst: tuple[Case, ...] = ()
    uncertain: tuple[Case, ...] = ()
    suspects: tuple[Case, ...] = ()
    rejection: Rejection | None = None
    robustness: Robustness | None = None

    def with_robustness(self, accuracies: Mapping[str, float]) -> "Evaluation":
        """Return a copy with the accuracy, 0 to 1, under each corruption, by name; at least one.

        Example:
            >>> evaluation.with_robustness({"fog": 0.7, "glass": 0.9}).robustness.mean
            0.8
        """
        return replace(self, robustness=Robustness(sum(accuracies.values()) / len(accuracies), dict(accuracies)))

    @property
    def uneven(self) -> bool:
        """Whether the classes differ so much in size that accuracy alone may mislead.

        Example:
            >>> evaluation.uneven
            False
        """
        counts = [score.support for score in self.per_class if score.support]
        return max(counts) > _UNEVEN * min(counts)

    def figures(self) -> list[tuple[str, str, str]]:
        """Return the figures of the whole split for people: name, value and meaning of each, accuracy first.

        Terminal, report and model card show these. A new one is a field above, its value in `evaluate`, a line here.

        Example:
            >>> [name for name, value, meaning in evaluation.figures()]
            ['accuracy', 'loss', 'calibration error']
        """
        low, high = self.accuracy_interval_95
        return [
            ("accuracy", f"{self.accuracy:.2%}", f"95% interval {low:.2%} to {high:.2%}"),
            *(
                [("balanced accuracy", f"{self.balanced_accuracy:.2%}", "mean recall of the classes")]
                if self.uneven
                else []
            ),
            ("loss", f"{self.loss:.4f}", "mean cross-entropy"),
            ("calibration error", f"{self.ece:.2%}", "confidence against accuracy (ECE)"),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for JSON.

        Example:
            >>> evaluation.to_dict()["n"]
            360
        """
        return asdict(self)


def evaluate(
    probabilities: NDArray[np.float32],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    threshold: float | None = None,
    files: Sequence[str] | None = None,
) -> Evaluation:
    """Judge probabilities against labels.

    Args:
        probabilities: float (n, classes), n > 0.
        labels: int (n,).
        class_names: one per class.
        threshold: least probability of an accepted answer, if the model has a threshold.
        files: the name of each image's file, if they have one.
    """
    classes = len(class_names)
    predicted, confidence = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct = predicted == labels
    confusion = np.zeros((classes, classes), np.int64)
    np.add.at(confusion, (labels, predicted), 1)
    right = int(np.trace(confusion))
    of_label = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    bins = reliability(probabilities, labels)

    def cases(indices: Any) -> tuple[Case, ...]:
        return tuple(
            Case(
                index=int(i),
                label=class_names[labels[i]],
                answer=class_names[predicted[i]],
                probability=float(confidence[i]),
                probability_of_label=float(of_label[i]),
                file=None if files is None else files[int(i)],
            )
            for i in indices[:SHOWN]
        )

    wrong, scores = np.flatnonzero(~correct), _class_scores(confusion, class_names)
    recalls = [score.recall for score in scores if score.support]
    doubted = suspect_labels(probabilities, labels) if learned(confusion) else []
    return Evaluation(
        n=len(labels),
        accuracy=right / len(labels),
        accuracy_interval_95=wilson_interval(right, len(labels)),
        balanced_accuracy=sum(recalls) / len(recalls),
        loss=float(-np.log(np.clip(of_label, _EPSILON, 1 - _EPSILON)).mean()),
        ece=calibration_error(bins),
        class_names=tuple(class_names),
        per_class=scores,
        confusion=tuple(map(tuple, confusion.tolist())),
        reliability=tuple(bins),
        worst=cases(wrong[np.argsort(-confidence[wrong], kind="stable")]),
        uncertain=cases(np.argsort(confidence, kind="stable")),
        suspects=cases([suspect.index for suspect in doubted]),
        rejection=None if threshold is None else reject(confidence, correct, threshold),
    )


def _class_scores(confusion: NDArray[np.int64], class_names: Sequence[str]) -> tuple[ClassScore, ...]:
    counts = (count.tolist() for count in (np.diag(confusion), confusion.sum(axis=0), confusion.sum(axis=1)))
    return tuple(
        ClassScore(
            label=name,
            precision=hits / called if called else 0.0,
            recall=hits / support if support else 0.0,
            f1=2 * hits / (called + support) if called + support else 0.0,
            support=support,
        )
        for name, hits, called, support in zip(class_names, *counts, strict=True)
    )
