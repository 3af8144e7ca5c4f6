"""Several runs on the same images: which is better, and whether that can be told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.errors import DataError, UsageError
from convlet.evaluation import evaluate
from convlet.evaluation.paired import Paired, holm, mcnemar
from convlet.predictor import Predictor
from convlet.run import Run

_TIMED = 1_000  # images
_TIMES = 5
REAL = 0.05  # the p below which a difference is called real


@dataclass(frozen=True, kw_only=True)
class Compared:
    """One run among others.

    Attributes:
        run: the folder's name.
        recipe: its name.
        accuracy: on the split.
        accuracy_interval_95: Wilson's 95 % interval.
        loss, ece: as in `Evaluation`.
        params: trainable and other weights.
        bytes: of `model.onnx`.
        train_seconds: of the training batches.
        images_per_second: answered in batches, on every core; the median of five.
        against_best: beside the most accurate run, McNemar's test with `only_first` of this run; None for that run itself.
        p: the test's, adjusted for the number of runs (Holm).
    """

    run: str
    recipe: str
    accuracy: float
    accuracy_interval_95: tuple[float, float]
    loss: float
    ece: float
    params: int
    bytes: int
    train_seconds: float
    images_per_second: float
    against_best: Paired | None
    p: float | None


@dataclass(frozen=True)
class Comparison:
    """Runs on the same images, the most accurate first.

    Attributes:
        dataset: its name.
        split: "test", "train" or "validation".
        n: images.
        runs: one row each.
    """

    dataset: str
    split: str
    n: int
    runs: tuple[Compared, ...]

    def to_dict(self) -> dict[str, Any]:
        """The fields as plain values for JSON."""
        return asdict(self)


def compare(
    runs: Sequence[Run], dataset: Dataset | None = None, split: str = "test", *, on_run: Callable[[str], None] | None = None
) -> Comparison:
    """Judge several finished runs on the same images.

    Args:
        runs: two or more, of models with the same classes in the same order.
        dataset: the default is the one that the first run was trained on.
        split: "test", "train" or "validation".
        on_run: called with the name of each run before it is judged.

    Raises:
        UsageError: fewer than two runs, or one twice.
        DataError: their classes differ, or the images do not fit one of them.
        ModelError: a run is not finished.
    """
    names = _names(runs)
    dataset = dataset or runs[0].dataset()
    classes = runs[0].predictor().signature.class_names
    found = []
    for run, name in zip(runs, names, strict=True):
        if on_run:
            on_run(name)
        predictor = run.predictor()
        if predictor.signature.class_names != classes:
            raise DataError(f"{name} tells other classes apart than {names[0]}. Compare runs of the same data.")
        judged = predictor.split(dataset, split)
        probabilities = predictor.probabilities(judged.images)
        found.append((run, name, evaluate(probabilities, judged.labels, classes), probabilities.argmax(axis=1) == judged.labels, predictor))
    found.sort(key=lambda one: -one[2].accuracy)
    tests = [mcnemar(right, found[0][3]) for _, _, _, right, _ in found[1:]]
    adjusted: list[float | None] = [None, *holm([test.p for test in tests])]
    images = predictor.split(dataset, split).images[np.arange(min(_TIMED, found[0][2].n))]
    rows = [
        Compared(
            run=name,
            recipe=run.recipe.name,
            accuracy=judgement.accuracy,
            accuracy_interval_95=judgement.accuracy_interval_95,
            loss=judgement.loss,
            ece=judgement.ece,
            params=run.metrics["params"],
            bytes=(run.path / "model.onnx").stat().st_size,
            train_seconds=run.metrics["train_seconds"],
            images_per_second=_speed(one, images),
            against_best=test,
            p=p,
        )
        for (run, name, judgement, _, one), test, p in zip(found, [None, *tests], adjusted, strict=True)
    ]
    return Comparison(dataset.name, split, found[0][2].n, tuple(rows))


def _names(runs: Sequence[Run]) -> list[str]:
    """The folders' names, with those above them where two are the same."""
    if len({run.path.resolve() for run in runs}) < max(2, len(runs)):
        raise UsageError("compare needs two runs or more, each of them once.")
    short = [run.path.resolve().name for run in runs]
    return short if len(set(short)) == len(short) else [str(run.path) for run in runs]


def _speed(predictor: Predictor, images: NDArray[np.uint8]) -> float:
    seconds = []
    for _ in range(_TIMES):
        began = time.perf_counter()
        predictor.probabilities(images)
        seconds.append(time.perf_counter() - began)
    return len(images) / float(np.median(seconds))
