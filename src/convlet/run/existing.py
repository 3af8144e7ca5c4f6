"""Check whether an earlier model, trained on other ink with the same classes, would have been enough."""

import contextlib
import shlex
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data import CATALOG, Split
from convlet.errors import ConvletError
from convlet.evaluation.paired import paired
from convlet.run.folder import Run
from convlet.system.places import MANIFEST, read_manifest

_RUNS = 5  # the newest ones
_IMAGES = 300
_BY_CHANCE = 0.05


def better_existing(run: Run, images: Split, probabilities: NDArray[np.float32]) -> str:
    """Look among the finished runs next to this one for a model that answers its validation images better.

    Only models of ink with the same classes, trained on other data, are tested. A few hundred images are enough.

    Args:
        run: a new run, trained on ink.
        images: its validation images, never the test images.
        probabilities: those of its model, float32 (n, classes).

    Returns:
        What to use instead, in a few sentences; "" if none is better beyond chance.
    """
    some = images.sample(_IMAGES)
    labels, shown = images.labels[some], images.images[some]
    own = probabilities[some].argmax(axis=1) == labels
    best, most = None, float(own.mean())
    for other in _others(run):
        with contextlib.suppress(ConvletError):  # a damaged run does not affect this one
            predictor = other.predictor()
            if predictor.signature.form.kind != "ink":
                continue
            read = np.stack([predictor.read(image) for image in shown])
            right = predictor.probabilities(read).argmax(axis=1) == labels
            if right.mean() > most and paired(right, own).p < _BY_CHANCE:
                best, most = other, float(right.mean())
    if best is None:
        return ""
    return (
        f"An existing model reads these drawings better: {best.path} is right on {most:.1%} of {len(some):,} "
        f"validation images, the new model on {own.mean():.1%}. To judge it on your test images: {_command(run, best)}"
    )


def _command(run: Run, other: Run) -> str:
    source = str(run.manifest["dataset"]["source"])
    if source in CATALOG or Path(source).exists():
        return f"convlet evaluate {shlex.quote(str(other.path))} {shlex.quote(source)}"
    return f"convlet.evaluate({str(other.path)!r}, dataset)"


def _others(run: Run) -> list[Run]:
    """Return finished runs next to this one with the same classes and other data, newest first."""
    own = run.manifest
    found = []
    for folder in run.path.parent.iterdir():
        with contextlib.suppress(ConvletError, KeyError, TypeError):
            manifest = read_manifest(folder / MANIFEST)
            data = manifest["dataset"]
            same = list(data["class_names"]) == list(own["dataset"]["class_names"])
            if manifest["status"] == "done" and same and data["source"] != own["dataset"]["source"]:
                found.append((str(manifest["created"]), folder))
    return [Run(folder) for _, folder in sorted(found, reverse=True)[:_RUNS]]
