"""Find classes that a split lacks, that have few images, or far fewer than others."""

from collections.abc import Iterator, Mapping

import numpy as np

from convlet.checks.finding import Finding, listed
from convlet.data import Dataset, Split
from convlet.training.balance import MOST

_FEW = 10  # images of train; a fifth of fewer is one image of validation at most


def findings(dataset: Dataset, splits: Mapping[str, Split]) -> Iterator[Finding]:
    """Yield what is wrong with the classes of a data set."""
    names = dataset.class_names
    counts = {name: np.bincount(split.labels, minlength=len(names)) for name, split in splits.items()}
    lacking = {
        split: [names[label] for label in np.flatnonzero(count == 0)]
        for split, count in counts.items()
        if not (split == "test" and not dataset.has_own_test)  # a class of one image, which "few-images" reports
    }
    if any(lacking.values()):
        texts = [f"{split} has no images of {listed(missing)}" for split, missing in lacking.items() if missing]
        yield Finding(
            "missing-class",
            True,
            "Classes that a split lacks",
            "; ".join(texts) + ".",
            "Move some images of those classes there: what a split lacks is neither learned nor judged.",
        )
    train = counts["train"]
    present = np.flatnonzero(train)
    least, most = present[train[present].argmin()], present[train[present].argmax()]
    if train[most] > MOST * train[least]:
        yield Finding(
            "imbalance",
            False,
            "Some classes have far more images",
            f"{names[most]} has {train[most]:,} training images and {names[least]} {train[least]:,}: "
            f"{train[most] / train[least]:.1f} times as many.",
            'Training shows rare classes more often on its own (balance = "auto"). Read balanced accuracy and the '
            "figures of each class, not accuracy alone; more images of the rare ones help most.",
        )
    few = [f"{names[label]} ({train[label]:,})" for label in present[train[present] < _FEW]]
    if few:
        yield Finding(
            "few-images",
            False,
            "Classes with few images",
            f"Fewer than {_FEW} training images: {listed(few)}.",
            "Add images of these classes, or leave the classes out: too few images to judge the class.",
        )
