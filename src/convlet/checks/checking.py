"""`check`: from a data set to what is wrong with it."""

import time
from collections.abc import Mapping
from typing import Any

import numpy as np

from convlet.checks import classes, copies, files
from convlet.checks.finding import Check, Finding, Pictures
from convlet.checks.fingerprints import Axes, fingerprints
from convlet.checks.survey import headers_of, surveyed
from convlet.data import Dataset, Split
from convlet.data.decisions import FILE
from convlet.errors import DataError
from convlet.report.commands import labeled_folder
from convlet.system.extras import require_train
from convlet.system.watch import Watch

# The kinds of findings, most serious first.
KINDS = (
    *("same-image-two-labels", "image-in-two-splits", "unusable-split", "missing-class", "unreadable-files"),
    *("suspect-labels", "near-copy-two-labels", "near-copy-in-two-splits", "copies", "near-copies", "blank-images"),
    *("imbalance", "few-images", "telling-files", "odd-shapes", "tiny-files", "left-out-files"),
)


def check(dataset: Dataset, *, labels: bool = False, watch: Watch | None = None) -> Check:
    """Check a data set for flaws that spoil a training or a model's figures.

    It looks for the same image under two labels, images that two splits share, copies and near copies, files that
    cannot be read, classes that a split lacks or that have few images, blank images, and files of odd sizes.

    Args:
        dataset: see `convlet.load`. Its test split is opened; nothing is learned from it.
        labels: whether to also look for labels that are probably wrong: small nets, each trained on a part of train,
            judge images that they have not seen. That takes one to three minutes.
        watch: callbacks.

    Returns:
        The findings, most serious first, and what the image files are like.

    Raises:
        RecipeError: the training that `labels` asks for diverged.

    Example:
        >>> convlet.check(convlet.load("digits")).serious
        False
    """
    if labels:
        require_train("looking for wrong labels (labels=True)")
    watch = watch or Watch()
    splits, found = _opened(dataset)
    pictures = Pictures(splits, dataset.class_names)
    headers = {name: made for name, split in splits.items() if (made := headers_of(split, name, watch))}
    found += files.findings(dataset, splits, headers, pictures)
    found += classes.findings(dataset, splits)
    axes = Axes(dataset.train)
    prints = {name: fingerprints(split, name, axes, watch) for name, split in splits.items()}
    found += copies.findings(dataset, pictures, prints, watch)
    looked: Mapping[str, Any] = {"done": False}
    if labels:
        from convlet.checks.labels import judged  # which needs Keras

        begun = time.perf_counter()
        suspects, facts = judged(dataset, pictures, prints, watch)
        found += suspects
        looked = {"done": True, **facts, "seconds": time.perf_counter() - begun}
    return Check(
        dataset=dataset.name,
        class_names=dataset.class_names,
        per_class={
            name: np.bincount(split.labels, minlength=len(dataset.class_names)).tolist()
            for name, split in splits.items()
        },
        image_shape=dataset.image_shape,
        survey=surveyed(headers, splits),
        labels=looked,
        findings=tuple(sorted(found, key=lambda one: KINDS.index(one.kind))),
        splits=splits,
        decisions=dataset.about.get(FILE, ""),
        folder=labeled_folder(dataset),
    )


def _opened(dataset: Dataset) -> tuple[dict[str, Split], list[Finding]]:
    """Return the splits, and what is wrong with a test split that cannot be used."""
    splits = {"train": dataset.train}
    if dataset.validation:
        splits["validation"] = dataset.validation
    try:
        splits["test"] = dataset.test
    except DataError as error:
        unusable = Finding(
            "unusable-split",
            True,
            "The test split cannot be used",
            str(error),
            "Fix it: until then nothing can be evaluated on it.",
        )
        return splits, [unusable]
    return splits, []
