"""Find the splits and the classes in a folder of class folders."""

import re
from collections.abc import Container
from contextlib import suppress
from typing import NamedTuple
from unicodedata import normalize

from convlet.data.columns import SPLITS, split_within
from convlet.data.files import LeftOut
from convlet.data.tree import Folder, Tree, joined, walk
from convlet.errors import DataError

_SPLIT_OF = {name: split for split, names in SPLITS.items() for name in names}
_WORD = re.compile(f"(?:{'|'.join(sorted(_SPLIT_OF, key=len, reverse=True))})[0-9]*", re.IGNORECASE)


class Layout(NamedTuple):
    """The folder of each split, by path ("train" is always there), and what is next to them but not read."""

    splits: dict[str, str]
    left_out: list[LeftOut]


def lay_out(tree: Tree) -> Layout:
    """Return the splits of a data set; the case of their names does not matter.

    An outer folder that holds everything is entered. Folders such as `training_set` and `test_set` are splits too if
    there are several and each holds only folders, or only images with no other folder next to them. With no `train`
    folder, or if `train` is itself a class, everything is training data. `train` is a class if it holds images itself
    and folders not named like splits are next to it.

    Raises:
        DataError: there are other splits but no train, or two folders for one split.
    """
    root = _innermost(tree, "", _SPLIT_OF)
    here = tree.look(root)
    above = _in_no_class(tree, "", root)
    splits: dict[str, str] = {}
    others = []
    told = _told(tree, root, here.folders)
    for name in here.folders:
        split, path = told.get(name), joined(root, name)
        if split is None:
            others.append(path)
        elif split in splits:
            raise DataError(
                f"{tree.where(root)} has two folders for the split {split}: {splits[split].rpartition('/')[2]} and "
                f"{name}. Move the images of one into the other."
            )
        else:
            splits[split] = path
    if "train" not in splits:
        if splits and (not others or all(_holds_classes(tree.look(path)) for path in splits.values())):
            raise DataError(
                f"{tree.where(root)} has {' and '.join(path.rpartition('/')[2] for path in splits.values())} and no "
                "train. Name the folder that has the training images train."
            )
        return Layout({"train": root}, above)
    if others and not tree.look(splits["train"]).folders:
        splits_alone = all(split_within(path.rpartition("/")[2]) for path in others)  # train and test1: not classes
        return Layout({"train": splits["train"] if splits_alone else root}, above)
    reason = f"it is next to {splits['train'].rpartition('/')[2]} and is not a split"
    beside = [LeftOut(f"{path}/", reason) for path in others]
    return Layout(splits, beside + _beside(root, here) + above)


def _told(tree: Tree, root: str, folders: list[str]) -> dict[str, str]:
    """Return the split of each folder, by its whole name, or if none is called train, by a word in the name."""
    told = {name: _SPLIT_OF[name.lower()] for name in folders if name.lower() in _SPLIT_OF}
    if "train" in told.values():
        return told
    within = {name: split for name in folders if (split := split_within(name))}
    holding = {name: split for name, split in within.items() if _holds_classes(tree.look(joined(root, name)))}
    if len(within) == len(folders) and ("train" in holding.values() or (not holding and _alike(folders))):
        holding = within
    several = len(set(holding.values())) == len(holding) > 1 and "train" in holding.values()
    return holding if several else told


def _alike(names: list[str]) -> bool:
    """Return whether names differ only in the word for a split, as `train_images` and `test_images` do."""
    return len({_WORD.sub("", name) for name in names} - {""}) <= 1


def classes_in(tree: Tree, split: str, known: Container[str] = ()) -> tuple[dict[str, list[str]], list[LeftOut]]:
    """Return the folders of each class of a split by path, and the files next to them.

    Unicode has two spellings for some names; macOS uses one, other systems the other. Both are the same class.

    Args:
        tree: the data set.
        split: the split's path.
        known: the class names of train, for another split.
    """
    root = _innermost(tree, split, known)
    here = tree.look(root)
    classes: dict[str, list[str]] = {}
    for name in here.folders:
        classes.setdefault(normalize("NFC", name), []).append(joined(root, name))
    return classes, _beside(root, here) + _in_no_class(tree, split, root)


def holds_images(tree: Tree, split: str, known: Container[str]) -> bool:
    """Return whether any class folder of a split has an image.

    A folder named like a split does not count as a class, unless train has that class. If only a word of the split's
    name identifies it, folders unknown to train do not count either.
    """
    classes, _ = classes_in(tree, split, known)
    by_word = split.rpartition("/")[2].lower() not in _SPLIT_OF
    paths = [
        path for name, held in classes.items() for path in held if name in known or not (by_word or split_within(name))
    ]
    return any(folder.images for path in paths for _, folder in walk(tree, path))


def has_classes(tree: Tree) -> bool:
    """Return whether train has at least two class folders with images."""
    with suppress(DataError):
        classes, _ = classes_in(tree, lay_out(tree).splits["train"])
        return sum(any(here.images for path in paths for _, here in walk(tree, path)) for paths in classes.values()) > 1
    return False


def flat_splits(tree: Tree) -> Layout:
    """Return the splits of a data set without class folders; everything is train if there is but one."""
    with suppress(DataError):
        if len((found := lay_out(tree)).splits) > 1:
            return found
    return Layout({"train": ""}, [])


def read_through(tree: Tree) -> list[str]:
    """Return the folders in which a data set is read, the outer ones first: itself, each that is entered because it
    holds everything, each split, and those entered in it. Folders of classes are none of them.
    """
    found = _entered(tree, "", ())
    with suppress(DataError):
        splits = lay_out(tree).splits
        classes, _ = classes_in(tree, splits["train"])
        for split in (one for one in SPLITS if one in splits):
            found += _entered(tree, splits[split], () if split == "train" else classes)
    return list(dict.fromkeys(found))


def _entered(tree: Tree, path: str, known: Container[str]) -> list[str]:
    """Return a folder and those in it, down to the first that holds several; the only one may be a class of train."""
    found = [path]
    while len(folders := tree.look(path).folders) == 1 and normalize("NFC", folders[0]) not in known:
        path = joined(path, folders[0])
        found.append(path)
    return found


def _innermost(tree: Tree, path: str, known: Container[str]) -> str:
    """Return the first folder, from `path` down, with several folders, or whose only folder is known or has none."""
    while True:
        folders = tree.look(path).folders
        if len(folders) != 1 or normalize("NFC", folders[0]) in known or folders[0].lower() in known:
            return path
        inner = joined(path, folders[0])
        if not tree.look(inner).folders:
            return path
        path = inner


def _holds_classes(folder: Folder) -> bool:
    return bool(folder.folders) and not folder.images


def counted(tree: Tree, one: LeftOut) -> LeftOut:
    """Return a folder that is left out with the number of its files; a file as it is."""
    if not one.file.endswith("/"):
        return one
    files = sum(len(here.images) + len(here.left_out) for _, here in walk(tree, one.file[:-1]))
    return one._replace(files=max(1, files))


def _in_no_class(tree: Tree, outer: str, inner: str) -> list[LeftOut]:
    """Return the files in the folders from `outer` down to `inner`, without those in that."""
    found: list[LeftOut] = []
    while inner != outer:
        inner = inner.rpartition("/")[0]
        found = _beside(inner, tree.look(inner)) + found
    return found


def _beside(path: str, folder: Folder) -> list[LeftOut]:
    """Return the files next to class folders or splits."""
    reason = "it is not in a class folder, so its class is unknown"
    return [*(LeftOut(joined(path, name), reason) for name in folder.images), *folder.left_out]
