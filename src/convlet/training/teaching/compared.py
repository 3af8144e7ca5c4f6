"""Compare two generations: on what was taught, and on images that neither learned from."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import CATALOG, Split
from convlet.data.bring import as_read
from convlet.data.loading import local_folder
from convlet.errors import ConvletError
from convlet.prediction.predictor import Predictor
from convlet.reading.show import as_picture, data_url
from convlet.run import Run

_MOST = 10_000  # test images
_SHOWN = {"spoiled": 24, "mended": 12, "other": 12}  # changed answers, with their pictures


@dataclass(frozen=True, eq=False)
class Judged:
    """Images, uint8 (n, height, width, channels), with the names of their classes.

    Attributes:
        images: as the model takes them.
        truth: one for each.
        kind: "test" for the test images of the data set, "kept" for images that the model kept from its training and
            did not learn from, "none" if there are neither.
        name: the data set's.
    """

    images: NDArray[np.uint8]
    truth: NDArray[np.str_]
    kind: str = "taught"
    name: str = ""

    def taken(self, chosen: NDArray[np.bool_]) -> "Judged":
        """Return some of them."""
        return Judged(self.images[chosen], self.truth[chosen], self.kind, self.name)


def tests_of(base: Run) -> Judged:
    """Return the test images of the data set that a model was trained on, or what it kept, or none.

    Nothing is downloaded: a data set that is not on this machine has no test images here.
    """
    predictor = base.predictor()
    shape, names = predictor.signature.input_shape, predictor.signature.class_names
    facts = base.manifest["dataset"]
    if _is_here(facts):
        try:
            dataset = base.dataset()
            split = as_read(dataset, "test", shape, predictor.signature.form)
            if dataset.class_names == names and split.images.shape[1:] == shape:
                return _judged(split, names, "test", dataset.name)
        except ConvletError:  # it was moved or changed since
            pass
    kept = base.kept_images()
    if kept and kept.held_out:
        return _judged(kept.held_out, names, "kept", facts["name"])
    return Judged(np.empty((0, *shape), np.uint8), np.empty(0, np.str_), "none", facts["name"])


def compared(before: Predictor, after: Predictor, taught: Judged, held_out: NDArray[np.bool_], tests: Judged) -> Any:
    """Say what two models answer.

    Args:
        before: the one that answers.
        after: the one that was taught.
        taught: all examples.
        held_out: bool (n,), those that `after` did not learn from.
        tests: see `tests_of`.

    Returns:
        `taught`, `held_out` and `tests`, each with `images`, and for `before` and `after` how many answers are `right`
        and how many images it `refused` as none of the classes; `tests` with `kind`, `name` and how many answers were
        `changed`, of these `mended` and `spoiled`. `changes`: some of those, each with `picture`, `truth`, `before` and
        `after`.
    """
    first, second = (_answers(model, taught) for model in (before, after))
    old, new = (_answers(model, tests) for model in (before, after))
    changed = old.labels != new.labels
    was, is_ = old.labels == tests.truth, new.labels == tests.truth
    kinds = np.where(was & ~is_, "spoiled", np.where(is_ & ~was, "mended", "other"))
    found = Counter(kinds[changed].tolist())
    changes = [
        {
            "picture": data_url(as_picture(tests.images[place])),
            "truth": str(tests.truth[place]),
            "before": str(old.labels[place]),
            "after": str(new.labels[place]),
        }
        for kind, most in _SHOWN.items()
        for place in np.flatnonzero(changed & (kinds == kind))[:most].tolist()
    ]
    return {
        "taught": _both(first, second, taught.truth, np.ones(len(held_out), bool)),
        "held_out": _both(first, second, taught.truth, held_out),
        "tests": {
            "kind": tests.kind,
            "name": tests.name,
            **_both(old, new, tests.truth, np.ones(len(tests.truth), bool)),
            "changed": int(changed.sum()),
            "mended": found["mended"],
            "spoiled": found["spoiled"],
        },
        "changes": changes,
    }


def left_out(truth: Sequence[str], held_out: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which examples a second training leaves out, so that each class of at least two is judged.

    A fifth of a class of fewer than five is none. All of them teach the model that is offered; one trained without the
    newest of each such class says how well that goes.
    """
    out = held_out.copy()
    judged = {name for name, held in zip(truth, held_out, strict=True) if held}
    newest = {name: place for place, name in enumerate(truth)}
    for name, count in Counter(truth).items():
        if count > 1 and name not in judged:
            out[newest[name]] = True
    return out


def right(before: Predictor, after: Predictor, judged: Judged) -> dict[str, Any]:
    """Return how many answers are right, and refused, before and after."""
    first, second = (_answers(model, judged) for model in (before, after))
    return _both(first, second, judged.truth, np.ones(len(judged.truth), bool))


@dataclass(frozen=True, eq=False)
class _Answers:
    labels: NDArray[np.str_]
    known: NDArray[np.bool_]


def _answers(predictor: Predictor, judged: Judged) -> _Answers:
    probabilities = predictor.probabilities(judged.images)
    names = np.array(predictor.signature.class_names, np.str_)
    labels = names[probabilities.argmax(axis=1)] if len(probabilities) else np.empty(0, np.str_)
    return _Answers(labels, probabilities.max(axis=1, initial=0.0) >= (predictor.signature.threshold or 0.0))


def _both(before: _Answers, after: _Answers, truth: NDArray[np.str_], chosen: NDArray[np.bool_]) -> dict[str, Any]:
    facts: dict[str, Any] = {"images": int(chosen.sum())}
    for name, one in (("before", before), ("after", after)):
        right = (one.labels == truth)[chosen]
        facts[name] = {"right": int(right.sum()), "refused": int((~one.known)[chosen].sum())}
    return facts


def _judged(split: Split, names: Sequence[str], kind: str, name: str) -> Judged:
    some = split.sample(_MOST)
    return Judged(split.images[some], np.array(names, np.str_)[split.labels[some]], kind, name)


def _is_here(facts: Mapping[str, Any]) -> bool:
    """Return whether a data set can be loaded without a network."""
    source, entry = facts["source"], CATALOG.get(facts["source"])
    if entry is None:
        return Path(source).is_absolute() and Path(source).exists()
    data_dir = facts["data_dir"]
    try:
        there = data_dir if data_dir and Path(data_dir).is_dir() else None
        return not entry.archives or local_folder(entry, there) is not None
    except ConvletError:
        return False
