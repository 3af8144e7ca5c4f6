"""Find the arrays with the images and labels of each split, by the names that people give them."""

import re
from collections.abc import Sequence
from pathlib import Path

from convlet.data.columns import SPLITS
from convlet.data.files import LeftOut
from convlet.errors import DataError

# Tried first, in this order: there may be other arrays too.
_FIRST = {
    "train": (("x_train", "y_train"), ("train_images", "train_labels"), ("images", "labels"), ("x", "y"), ("X", "y")),
    "validation": (("x_val", "y_val"), ("val_images", "val_labels"), ("x_validation", "y_validation")),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
_IMAGES = ("x", "image", "images", "img", "imgs", "data", "pixels", "features", "inputs", "samples", "pictures")
_LABELS = ("y", "label", "labels", "lbls", "target", "targets", "class", "category", "categories", "outputs")
_KINDS = {"images": _IMAGES, "labels": _LABELS}
_WORD_OF = {word: kind for kind, words in _KINDS.items() for word in words}
_SPLIT_OF = {word: split for split, words in SPLITS.items() for word in words} | {"tr": "train", "te": "test"}
_GLUED = {
    glued: (split, kind)
    for word, kind in _WORD_OF.items()
    for part, split in _SPLIT_OF.items()
    for glued in (word + part, part + word)
}

Pairs = dict[str, tuple[str, str]]


def pairs(held: Sequence[str], where: str) -> Pairs:
    """Return the names of the images and labels of each split: "train", "validation", "test".

    Args:
        held: the names of the arrays, such as X_train and y_train, train_images and train_labels, trainX and trainY,
            images and labels, data and target, or arr_0 and arr_1.
        where: what errors call them.

    Raises:
        DataError: images without labels other than test images, two arrays for one role, or no images at all.
    """
    found: Pairs = {}
    for split, named in _FIRST.items():
        for images, labels in named:
            if images in held and labels in held:
                found[split] = (images, labels)
                break
    for split, pair in _by_words(held, where, found).items():
        found.setdefault(split, pair)
    if "train" not in found and sorted(held) == ["arr_0", "arr_1"]:  # from numpy.savez(path, images, labels)
        found["train"] = ("arr_0", "arr_1")
    if not found:
        expected = ", or ".join(" and ".join(pair) for pair in _FIRST["train"][:3])
        raise DataError(
            f"{where} holds {', '.join(held) or 'nothing'}; expected {expected} (and x_test and y_test along with the "
            "first)."
        )
    return found


def pairs_of_train(held: Sequence[str], path: Path) -> Pairs:
    """Return `pairs`, train among them.

    Raises:
        DataError: there is none.
    """
    found = pairs(held, str(path))
    if "train" not in found:
        raise DataError(
            f"{path} holds {', '.join(held)}; expected x_train and y_train, or train_images and train_labels."
        )
    return found


def unlabelled(held: Sequence[str], found: Pairs, where: str) -> tuple[LeftOut, ...]:
    """Return the test images without labels, in a data set whose pairs were found."""
    if "test" in found:
        return ()
    reason = "it has no labels to check answers against; a fifth of train is held out instead"
    return tuple(
        LeftOut(f"{where}: {name}", reason) for name in held if (told := role(name)) and told[:2] == ("test", "images")
    )


def role(name: str) -> tuple[str, str, tuple[str, ...]] | None:
    """Return an array's split ("" if its name has none), kind ("images" or "labels") and the remaining words."""
    words = [word for word in re.split(r"[\W_]+|(?<=[a-z])(?=[A-Z])", name) if word]
    split, kinds, rest = "", list[str](), list[str]()
    for word in (word.lower() for word in words):
        if word in _SPLIT_OF:
            split = _SPLIT_OF[word]
        elif word in _GLUED:
            split, kind = _GLUED[word]
            kinds.append(kind)
        elif word in _WORD_OF:
            kinds.append(_WORD_OF[word])
        else:
            rest.append(word)
    if "labels" in kinds:
        return split, "labels", tuple(rest)
    return (split, "images", tuple(rest)) if kinds else None


def labels_of(images: str) -> str:
    """Return what the labels of an array of images would be called."""
    labels = images.replace("images", "labels").replace("x", "y").replace("X", "y")
    return "labels" if labels == images else labels


def _by_words(held: Sequence[str], where: str, found: Pairs) -> Pairs:
    groups: dict[tuple[str, ...], dict[tuple[str, str], list[str]]] = {}
    for name in held:
        if told := role(name):
            split, kind, rest = told
            groups.setdefault(rest, {}).setdefault((split, kind), []).append(name)
    paired = [
        group
        for _, group in sorted(groups.items(), key=lambda item: len(item[0]))
        if any((split, "images") in group and (split, "labels") in group for split in ("train", ""))
    ]
    group = paired[0] if paired else groups.get((), {})
    made: Pairs = {}
    for split in ("train", "validation", "test", ""):
        images, labels = group.get((split, "images"), []), group.get((split, "labels"), [])
        target = split or "train"
        if target in found or (not split and target in made) or not images:
            continue
        if not labels and target == "test" and "train" in {**found, **made}:
            continue
        if not labels:
            raise DataError(f"{where} holds {images[0]} but no {labels_of(images[0])}; it has: {', '.join(held)}.")
        if len(images) + len(labels) > 2:
            raise DataError(
                f"{where} holds {' and '.join(images if len(images) > 1 else labels)}: it is ambiguous "
                "which one to use. Keep one pair, such as x_train and y_train."
            )
        made[target] = (images[0], labels[0])
    return made
