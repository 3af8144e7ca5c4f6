"""Find labels that are probably wrong, by cross-validation: nets judge images that they have not seen."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from convlet.checks.finding import Finding, Pictures
from convlet.checks.fingerprints import Fingerprints
from convlet.data import Dataset, Split, brought_to
from convlet.data.disk import BLOCK
from convlet.data.sizing import Wanted
from convlet.evaluation import learned, suspect_labels
from convlet.models import build_model, with_weights
from convlet.report.markup import count
from convlet.signature import Form
from convlet.system.watch import Watch
from convlet.training.calibrate import answers_of
from convlet.training.choose import choose_recipe
from convlet.training.members import fit_members
from convlet.training.recorder import Keeper
from convlet.training.resolve import explained_form, resolved

_NETS, _NETS_OF_FEW, _FEW = 3, 5, 3_000  # images: small sets lose less if a net lacks only a fifth
_STEPS = 400  # of each net: enough to learn the classes, too few to memorize wrong labels
_LONGEST = 32  # pixels; larger pictures are shrunk to this
_WATCHED = 200  # images on which a training is followed
_LEAST_MARGIN = 0.5  # by which another class must be likelier than the label
_NONE_SEEN, _SEED = -1, 0


def judged(
    dataset: Dataset, pictures: Pictures, prints: Mapping[str, Fingerprints], watch: Watch
) -> tuple[list[Finding], dict[str, Any]]:
    """Look for labels that are probably wrong.

    Each net is trained on a part of train. It judges the rest of train; all nets together judge the other splits. An
    image counts as seen if the net has seen a copy of it. A class that the nets often miss is not suspected. If the
    nets have not learned, no label is.

    Args:
        dataset: the data set with the labels.
        pictures: names images.
        prints: each split's fingerprints.
        watch: gets each net's steps.

    Returns:
        A finding or none; and `nets`, `accuracy` (0 to 1) on images not seen, `learned`.

    Raises:
        RecipeError: a training diverged.
    """
    found = unseen_answers(dataset, pictures.splits, [one.exact for one in prints.values()], watch)
    if not found.facts["learned"]:
        watch.on_note("no label is suspected: the small nets that judge them have not learned the classes.")
        return [], found.facts
    return _finding(found.probabilities, found.labels, dataset, pictures), found.facts


class Unseen(NamedTuple):
    """What nets answer about images that they have not seen.

    Attributes:
        probabilities: float32 (n, classes), of all splits one after the other.
        labels: int64 (n,).
        facts: `nets`, `accuracy` (0 to 1), `learned`.
    """

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int64]
    facts: dict[str, Any]


def unseen_answers(
    dataset: Dataset, given: Mapping[str, Split], exact: Sequence[NDArray[np.uint64]], watch: Watch
) -> Unseen:
    """Answer each image by nets that have seen neither it nor a copy of it.

    Args:
        dataset: whose images they are.
        given: the splits by name, train first.
        exact: each split's digests, uint64 (n, 2), equal for equal pixels.
        watch: gets each net's steps.

    Raises:
        RecipeError: a training diverged.
    """
    splits = [_small(dataset, split) for split in given.values()]
    labels = np.concatenate([split.labels for split in splits])
    train = splits[0]
    nets = _NETS_OF_FEW if len(train) < _FEW else _NETS
    parts = _parts(labels, np.concatenate(exact), len(train), nets)
    probabilities = np.zeros((len(labels), len(dataset.class_names)), np.float32)
    for number in range(nets):
        seen = parts[: len(train)] != number
        if len(np.unique(train.labels[seen])) < 2:
            continue
        net = _trained(dataset, train, seen, f"judging labels, net {number + 1} of {nets}", watch)
        start = 0
        for split in splits:
            own = parts[start : start + len(split)]
            for rows in _blocks(np.flatnonzero(np.isin(own, (number, _NONE_SEEN))), split):
                share = np.where(own[rows] == _NONE_SEEN, 1 / nets, 1)[:, np.newaxis]
                probabilities[start + rows] += share * answers_of(net, split.images[rows])
            start += len(split)
    answers = probabilities.argmax(axis=1)
    confusion = np.zeros((len(dataset.class_names),) * 2, np.int64)
    np.add.at(confusion, (labels, answers), 1)
    facts = {"nets": nets, "accuracy": float((answers == labels).mean()), "learned": bool(learned(confusion))}
    return Unseen(probabilities, labels, facts)


def _finding(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64], dataset: Dataset, pictures: Pictures
) -> list[Finding]:
    places = [(name, index) for name, split in pictures.splits.items() for index in range(len(split))]
    found = [
        (pictures.picture(*places[one.index], f"looks like {dataset.class_names[one.answer]}"),)
        for one in suspect_labels(probabilities, labels)
        if one.probability_of_answer - one.probability_of_label >= _LEAST_MARGIN
    ]
    if not found:
        return []
    return [
        Finding(
            "suspect-labels",
            False,
            "Labels that may be wrong",
            f"{count(len(found), 'image')} of another class, say small nets that had not seen them; surest first.",
            "Look at each: correct the label, or leave it if the image is just hard.",
            tuple(found),
        )
    ]


def _parts(labels: NDArray[np.int64], exact: NDArray[np.uint64], train: int, nets: int) -> NDArray[np.int64]:
    """Return for each image the number of the only net that sees neither it nor a copy; -1 if every net sees it.

    Each net leaves out the same share of every class.
    """
    random = np.random.default_rng(_SEED)
    parts = np.full(len(labels), _NONE_SEEN)
    for label in np.unique(labels[:train]):
        own = random.permutation(np.flatnonzero(labels[:train] == label))
        parts[own] = (np.arange(len(own)) + random.integers(nets)) % nets
    _, first, copy = np.unique(exact, axis=0, return_index=True, return_inverse=True)
    return parts[first][copy.ravel()]  # train comes first, so the first copy is in train if any is


def _trained(dataset: Dataset, train: Split, seen: NDArray[np.bool_], what: str, watch: Watch) -> Any:
    """Return a Keras net, trained on the images of train that it may see."""
    unseen = np.flatnonzero(~seen)
    held_out = train.take(unseen if len(unseen) else np.arange(len(train)))
    part = replace(
        dataset,
        name="part",  # it is no longer a set of the catalog with a recipe of its own
        train=train.take(np.flatnonzero(seen)),
        validation=held_out.take(held_out.sample(_WATCHED)),
    )
    chosen = choose_recipe(part).changed(
        epochs=1, least_steps=_STEPS, keep="last", ensemble=1, outliers=0, validate_on="validation", seed=_SEED
    )
    form, _ = explained_form(chosen, part)
    recipe, _ = resolved(chosen, part, form)

    def step(epoch: int, done: int, total: int, _: Mapping[str, float]) -> None:
        watch.on_progress(what, (epoch - 1) * total + done, recipe.epochs * total, "")

    members = fit_members(part, recipe, form, Keeper(), Watch(on_step=step))
    net = build_model(recipe, part.image_shape, len(part.class_names), pixels=members.pixels)
    return with_weights(net, members.weights[0])


def _small(dataset: Dataset, split: Split) -> Split:
    """Return a split with images of at most 32 pixels a side."""
    height, width, _ = split.image_shape
    scale = _LONGEST / max(height, width)
    if scale >= 1:
        return split
    size = max(4, round(height * scale)), max(4, round(width * scale))
    alone = replace(dataset, train=split, validation=None, reread=None)
    return brought_to(alone, Wanted(size, Form(fit="stretch")), Watch()).train


def _blocks(rows: NDArray[np.int64], split: Split) -> list[NDArray[np.int64]]:
    step = max(1, BLOCK // int(np.prod(split.image_shape)))
    return [rows[start : start + step] for start in range(0, len(rows), step)]
