"""Compare models."""

import time
from collections.abc import Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.comparison.contenders import Contender, different, opened, require_fair, trained_on, usual_split
from convlet.comparison.result import Compared, Comparison, Pair
from convlet.data import Dataset, Split
from convlet.errors import ModelError
from convlet.evaluation import evaluate
from convlet.evaluation.paired import holm, paired
from convlet.prediction.predictor import Predictor
from convlet.run import Run
from convlet.system.extras import require_train
from convlet.system.watch import Watch

_AT_ONCE = 1_000  # images in a timed batch
_TIMES = 5  # batches timed at least


def compare(
    models: Sequence[Run | str | Path],
    dataset: Dataset | None = None,
    split: str | None = None,
    *,
    watch: Watch | None = None,
    **options: Any,
) -> Comparison:
    """Judge several models on the same images.

    Args:
        models: two or more that know the data's classes: run folders, `.onnx` and `.keras` files, "latest".
        dataset: the images to judge on; the default is the data set that all were trained on.
        split: "test", "train" or "validation". The default is "test" for a given dataset; else "validation", or "test"
            if the models were not validated on the same images.
        watch: callbacks; `on_note` names each model before it is judged, `on_progress` reports loading.
        options: see `convlet.load`; if no dataset is given.

    Raises:
        UsageError: fewer than two models, or one named twice.
        DataError: there is no such split; or no dataset is given and they were trained on different images, or on
            images that have changed.
        ModelError: one cannot be opened, or lacks a class of the data set.

    Example:
        >>> convlet.compare([run, "digits"], dataset).n
        360
    """
    require_train("comparing")
    contenders = opened(models)
    if dataset is None:
        datasets = trained_on(contenders, watch=watch, **options)
        split = split or usual_split(contenders, datasets)
        require_fair(contenders, datasets, split)
    else:
        datasets = [one.run.as_taught(dataset) if one.run else dataset for one in contenders]
        split = split or "test"
    # All up front, so that a misfit is refused before anything is judged.
    splits = [_split(one, own, split) for one, own in zip(contenders, datasets, strict=True)]
    found = []
    for one, judged in zip(contenders, splits, strict=True):
        if watch:
            watch.on_note(f"judging {one.name} ...")
        found.append(_judged(one, judged))
    found.sort(key=lambda one: -one[0].accuracy)
    tests = [paired(first, second) for (_, first), (_, second) in combinations(found, 2)]
    adjusted = holm([test.p for test in tests])
    pairs = [
        Pair(first=first.name, second=second.name, test=test, p=p)
        for ((first, _), (second, _)), test, p in zip(combinations(found, 2), tests, adjusted, strict=True)
    ]
    rows = tuple(row for row, _ in found)
    return Comparison(datasets[0].name, split, len(splits[0]), rows, tuple(pairs), different(contenders))


def _split(one: Contender, dataset: Dataset, split: str) -> Split:
    try:
        return one.predictor.split(dataset, split)
    except ModelError as error:
        raise ModelError(f"{one.name}: {error}") from error


def _judged(one: Contender, judged: Split) -> tuple[Compared, NDArray[np.bool_]]:
    """Return a model's row, and which images it got right, bool (n,)."""
    probabilities, speed = _timed(one.predictor, judged.images)
    found = evaluate(probabilities, judged.labels, one.predictor.signature.class_names)
    metrics = one.run.metrics if one.run else {}
    row = Compared(
        name=one.name,
        recipe=one.predictor.signature.recipe,
        accuracy=found.accuracy,
        accuracy_interval_95=found.accuracy_interval_95,
        loss=found.loss,
        ece=found.ece,
        params=metrics.get("params"),
        train_seconds=metrics.get("train_seconds"),
        bytes=one.file.stat().st_size,
        images_per_second=speed,
    )
    return row, probabilities.argmax(axis=1) == judged.labels


def _timed(predictor: Predictor, images: Any) -> tuple[NDArray[np.float32], float]:
    """Return the probabilities, and images per second; if there are few images, repeat them for timing."""
    parts, seconds = [], []
    starts = range(0, len(images), _AT_ONCE)
    for turn in range(max(len(starts), _TIMES)):
        start = starts[turn % len(starts)]
        part = images[start : start + _AT_ONCE]
        began = time.perf_counter()
        answered = predictor.probabilities(part)
        seconds.append((time.perf_counter() - began) / len(part))
        if turn < len(starts):
            parts.append(answered)
    return np.concatenate(parts), 1 / float(np.median(seconds))
