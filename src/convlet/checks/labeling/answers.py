"""Answer the images of a folder by what has not learned from them: a model, or nets trained on the others."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.checks.duplicates import Group, Readable, near, same
from convlet.checks.fingerprints import Axes, fingerprints
from convlet.checks.labeling.images import Images
from convlet.checks.labeling.learned import Learned, What, learned_from
from convlet.data import Dataset, Split
from convlet.data.encoded import by_number_or_name
from convlet.data.heeded import heeded_by
from convlet.data.loading import load_as
from convlet.data.sizing import Wanted
from convlet.data.tree import FileTree
from convlet.errors import DataError, ModelError
from convlet.prediction.predictor import Predictor
from convlet.reading import read_images
from convlet.system.watch import Watch

_CHUNK = 128  # images read at a time
_UNTIL = "What it gets right there says nothing about the rest, so only images that are decided from now on do."
_SAID = {
    What.FOLDER: _UNTIL,
    What.UNKNOWN: f"It may have learned from this folder. {_UNTIL}",
    What.MORE: "It may know any of these images by heart, so nothing says when the rest may be accepted: look at all.",
}


@dataclass(frozen=True)
class Answers:
    """What is known about each image.

    Attributes:
        class_names: those of the columns.
        probabilities: float32 (n, classes), NaN for an image that cannot be read or was not answered.
        threshold: the probability from which on a proposal counts; 0 without one.
        copies: groups of images that are the same, or nearly so.
        errors: why an image cannot be read, by its number.
        by_heart: bool (n,), the images that the model may have learned, with whatever label: its answers to them tell
            nothing. Empty if there are none.
    """

    class_names: tuple[str, ...]
    probabilities: NDArray[np.float32]
    threshold: float = 0.0
    copies: Sequence[Group] = ()
    errors: dict[int, str] = field(default_factory=dict)
    by_heart: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, np.bool_))


def answered(found: Images, model: Path | None, watch: Watch) -> Answers:
    """Answer images that nobody has decided about.

    A model answers those that it has not learned from. Images with labels that it has learned from, or all without a
    model, are answered by small nets, each trained without them.

    Args:
        found: the images.
        model: a run folder or a model file; None without one, which images without any labels need.
        watch: gets the progress.

    Raises:
        ModelError: no model for a folder without labels, or one that knows none of its classes.
        DataError: the images cannot be used, and no decisions are why.
    """
    if found.flat:
        if model is None:
            raise ModelError(
                f"{found.folder} has no class folders, so a model has to propose labels: name one, --model RUN. "
                "Any run, .onnx or .keras file that knows the classes will do."
            )
        by_model, learned = _by_model(found, Predictor(model), learned_from(model, found.folder), watch)
        if learned.any:
            watch.on_note(f"the model {learned.why}. {_SAID[learned.what]}")
        return replace(by_model, by_heart=learned.rows(found))
    dataset = _loaded(found, watch)
    if dataset is None:
        return unanswered(found)
    if model is None:
        return by_nets(dataset, found, watch)
    predictor = Predictor(model)
    if set(predictor.signature.class_names).isdisjoint(dataset.class_names):
        raise ModelError(
            f"the model knows {', '.join(predictor.signature.class_names[:6])}, and none of the classes of "
            f"{found.folder.name} ({', '.join(dataset.class_names[:6])}). Give one that was trained on such classes."
        )
    by_model, learned = _by_model(found, predictor, learned_from(model, found.folder, dataset), watch)
    if learned.any:
        watch.on_note(f"the model {learned.why}. So small nets judge the labels, each without those it judges.")
    nets = by_nets(dataset, found, watch, judge=learned.any)
    if not learned.any:
        return replace(by_model, copies=nets.copies)
    place = [nets.class_names.index(name) if name in nets.class_names else -1 for name in by_model.class_names]
    mixed = nets.probabilities.copy()
    for row, image in enumerate(found.images):  # those of a test split of its own it has not learned from
        if learned.what is What.FOLDER and image.split == "test" and min(place) >= 0:
            mixed[row, place] = by_model.probabilities[row]
    return Answers(nets.class_names, mixed, 0.0, nets.copies, by_model.errors)


def _loaded(found: Images, watch: Watch) -> Dataset | None:
    """Read a folder with every split. Whatever was decided, the page opens, so that it can be decided otherwise: images
    are judged by the labels of their folders, or not at all, where the decisions leave nothing to learn from.
    """
    wanted = Wanted("auto", may_lack=1)
    for heed in (True, False):
        try:
            dataset = load_as(found.folder, None, replace(wanted, heed=heed), watch)
            len(dataset.test)  # is read now
        except DataError as error:
            if heed and not heeded_by(FileTree(found.folder)).of:
                raise
            how = "by the labels of their folders" if heed else "not at all"
            watch.on_note(f"{error} Until that is put right here, images are judged {how}.")
        else:
            return dataset
    return None


def unanswered(found: Images) -> Answers:
    """Return that nothing is known about any image."""
    names = tuple(sorted({image.filed for image in found.images} - {""}, key=by_number_or_name))
    return Answers(names, np.full((len(found.images), max(1, len(names))), np.nan, np.float32))


def by_nets(dataset: Dataset, found: Images, watch: Watch, *, judge: bool = True) -> Answers:
    """Answer the images of a data set by nets that have seen neither them nor their copies; find those copies.

    Args:
        dataset: was read from the folder.
        found: the folder's images.
        watch: gets the progress.
        judge: whether nets are trained; else only copies are found.
    """
    splits = _splits(dataset)
    axes = Axes(dataset.train)
    prints = [fingerprints(split, name, axes, watch) for name, split in splits.items()]
    rows = _rows(splits, found)
    probabilities = np.full((len(found.images), len(dataset.class_names)), np.nan, np.float32)
    if judge:
        from convlet.checks.labels import unseen_answers  # which needs Keras

        unseen = unseen_answers(dataset, splits, [one.exact for one in prints], watch)
        if not unseen.facts["learned"]:
            watch.on_note("the small nets that judge labels have not learned the classes: doubt the order.")
        probabilities[rows[rows >= 0]] = unseen.probabilities[rows >= 0]
    exact, coarse, blank = (
        np.concatenate([getattr(one, name) for one in prints]) for name in ("exact", "coarse", "blank")
    )
    shown = np.flatnonzero(~blank)
    groups = same(exact, shown)
    others = np.setdiff1d(shown, [number for group in groups for number in group[1:]])
    groups = _joined(groups, near(Readable([split.images for split in splits.values()]), coarse, others, watch))
    copies = [rows[group] for group in groups if (rows[group] >= 0).all()]
    errors = {}
    by_path = {image.path: row for row, image in enumerate(found.images)}
    for one in [*dataset.left_out, *(one for split in splits.values() for one in split.left_out)]:
        if one.file in by_path and found.images[by_path[one.file]].filed:
            errors[by_path[one.file]] = one.reason
    return Answers(dataset.class_names, probabilities, 0.0, copies, errors)


def _by_model(found: Images, predictor: Predictor, learned: Learned, watch: Watch) -> tuple[Answers, Learned]:
    """Answer all images by a model, and look whether it kept some of them from its training."""
    signature = predictor.signature
    names, count = signature.class_names, len(found.images)
    probabilities = np.full((count, len(names)), np.nan, np.float32)
    errors: dict[int, str] = {}
    for start in range(0, count, _CHUNK):
        part = range(start, min(start + _CHUNK, count))
        files = [str(found.file(found.images[row].path)) for row in part]
        images, wrong = read_images(files, files, signature.input_shape, signature.form)
        read = [place for place, error in enumerate(wrong) if error is None]
        if read:
            probabilities[[part[place] for place in read]] = predictor.probabilities(images[read])
            learned = learned.with_images(images[read])
        errors |= {part[place]: str(error) for place, error in enumerate(wrong) if error is not None}
        watch.on_progress("proposing labels", part.stop, count, "")
    return Answers(names, probabilities, signature.threshold or 0.0, (), errors), learned


def _splits(dataset: Dataset) -> dict[str, Split]:
    splits = {"train": dataset.train}
    if dataset.validation is not None:
        splits["validation"] = dataset.validation
    return splits | {"test": dataset.test}


def _rows(splits: dict[str, Split], found: Images) -> NDArray[np.int64]:
    """Return the number among the folder's images of each image of the splits; -1 for one that is not among them."""
    by_path = {image.path: row for row, image in enumerate(found.images)}
    names = [name for split in splits.values() for name in (split.files or [""] * len(split))]
    return np.array([by_path.get(name, -1) for name in names], np.int64)


def _joined(exact: Sequence[Group], alike: Sequence[Group]) -> list[Group]:
    """Return groups of copies and of near copies as one list: a near copy of an image is one of its copies."""
    first = {int(group[0]): group for group in exact}
    made = [np.concatenate([first.pop(int(one), np.array([one])) for one in group]) for group in alike]
    return [*made, *first.values()]
