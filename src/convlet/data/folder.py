"""Read a folder with a folder of images per class."""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

import numpy as np

from convlet.data.assemble import Part, assembled
from convlet.data.class_files import ClassFiles
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.decisions import FILE
from convlet.data.files import LeftOut, may_hold_images
from convlet.data.heeded import Heeded, heeded_by, is_flat
from convlet.data.layout import counted, flat_splits, has_classes, holds_images, lay_out
from convlet.data.listed import lists_in, lists_of_test, refused
from convlet.data.lists import labeled
from convlet.data.ruled import Ruled, explained, told, undone
from convlet.data.sizing import Wanted
from convlet.data.tree import FileTree, Tree, joined, no_image, walk
from convlet.errors import DataError
from convlet.system.watch import Watch


def can_read(path: Path) -> bool:
    """Return whether a path may be such a folder."""
    return path.is_dir()


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read `FOLDER/CLASS/image.png`, or `FOLDER/train/CLASS/image.png` with `validation` and `test` next to it.

    Those may also be called `training`; `val`, `valid` or `dev`; `testing` or `eval`, in upper or lower case. Classes
    are named after their folders, numbers in numeric order before other names in alphabetical order. Images in folders
    inside a class folder belong to the class. A test split without class folders may have a list of its images next to
    it, like GTSRB's `Test.csv`. If any image of a split is colored, all of them get 3 channels.

    Raises:
        DataError: no class folders, no images in any, too many unreadable ones, a split without train, or a class in
            validation that train lacks; when the test split is opened, the same for test.
    """
    if (why_not := refused(folder)) and not has_classes(FileTree(folder)):
        raise DataError(f"{folder} has no class folders, and its list of images cannot be used. {why_not}")
    again, of_test = partial(read, folder, watch), lists_of_test(folder)
    dataset = read_tree(FileTree(folder), folder.name, folder, watch, wanted, again, of_test)
    reason = "the class folders next to it are read"
    why = {
        **{one.file: reason for one in FileTree(folder).look("").left_out if may_hold_images(one.file)},
        **{one.name: f"it lists image files, but {reason}" for one in lists_in(folder)},
    }
    known = (
        one._replace(reason=why[one.file]) if one.file in why and one == no_image(one.file) else one
        for one in dataset.left_out
    )
    return replace(dataset, left_out=tuple(known))


def read_tree(
    tree: Tree,
    name: str,
    source: Path,
    watch: Watch,
    wanted: Wanted,
    reread: Callable[[Wanted], Dataset],
    lists: Sequence[Path] = (),
) -> Dataset:
    """Read class folders; see `read`.

    Args:
        tree: the folder.
        name: the data set's.
        source: where it is, for the run folder.
        watch: gets the images read, and what an unusable split's folder holds.
        wanted: what to resize the images to.
        reread: see `Dataset`.
        lists: beside it, for a test split without class folders.
    """
    heeded = _heeded(tree, name, watch) if wanted.heed else Heeded()
    decisions = heeded if heeded.names else None
    flat = decisions is not None and not has_classes(tree)
    splits, beside = flat_splits(tree) if flat else lay_out(tree)
    train = ClassFiles(tree, splits["train"], None, decisions, flat=flat)
    others = [one for one in [*beside, *train.left_out] if one.file not in heeded.names.values()]
    _require_classes(train, splits["train"], others, watch)
    tests, names = splits.get("test"), train.class_names
    alone = {one for one in splits if one != "train" and not (one == "test" and lists)}  # a list has all labels
    alone = {one for one in alone if is_flat(tree, splits[one], names, heeded, flat=flat)}
    for split in ("validation", "test"):
        if split in splits and split not in alone and not holds_images(tree, splits[split], names):
            beside.append(LeftOut(f"{splits.pop(split)}/", _no_classes(split)))

    @cache
    def files_of(split: str) -> ClassFiles:
        return train if split == "train" else ClassFiles(tree, splits[split], names, decisions, flat=split in alone)

    def unread(found: Sequence[LeftOut]) -> list[LeftOut]:
        return [explained(tree, one) for one in found if one.file not in heeded.names.values()]

    def part(split: str) -> Part:
        files = files_of(split)
        return Part(files, files.labels, tree.where(splits[split]), unread(files.left_out), tree.said, files.filed)

    ruled, damaged = _ruled(files_of, splits if heeded.names else {})
    left = undone(tree, heeded, ruled, [one.file for one in damaged])
    beside += [*damaged, *(one for found in left.values() for one in found)]
    about = _about(told(heeded, ruled, left), name, watch)
    parts = {split: partial(part, split) for split in splits}
    for path in lists if tests is not None and "test" not in splits else ():
        beside = [one for one in beside if one.file != path.name]
        try:
            listed = labeled(path, names, watch, wanted)
            unnamed = _unnamed(tree, str(tests), listed, path)
        except DataError as error:
            beside.insert(0, LeftOut(path.name, str(error)))
            continue
        parts["test"] = partial(lambda found: found, listed)
        beside = [one for one in beside if one.file != f"{tests}/"] + unnamed
        break
    made = assembled(parts, watch, wanted, "class folders")
    made["left_out"] = (*(counted(tree, one) for one in unread(beside)), *made["left_out"])
    made["about"] |= about
    again = reread if wanted.heed else partial(_unheeding, reread)
    return make_dataset(name, str(source), class_names=train.class_names, reread=again, **made)


def _heeded(tree: Tree, name: str, watch: Watch) -> Heeded:
    """Return the decisions about a data set, and tell of journals that are not heeded."""
    found = heeded_by(tree)
    for said in found.passed_over:
        watch.on_note(f"{name}: {said}")
    return found


def _about(said: Mapping[str, str], name: str, watch: Watch) -> dict[str, str]:
    """Return for `Dataset.about` what the journals did, in one line, and tell of those above the data set."""
    for journal in (one for one in said if Path(one).is_absolute()):
        watch.on_note(f"{name}: {journal}, in a folder above, is heeded too: {said[journal]}.")
    if [*said] == [FILE]:
        return dict(said)
    return {FILE: "; ".join(f"{journal}: {words}" for journal, words in said.items())} if said else {}


def _require_classes(train: ClassFiles, split: str, others: Sequence[LeftOut], watch: Watch) -> None:
    """Tell of folders that may not be classes.

    Raises:
        DataError: there is but one, and something else beside it.
    """
    if train.doubt and len(train.class_names) == 1:
        raise DataError(train.doubt)
    if len(train.class_names) == 1 and others:
        raise DataError(
            f"{train.tree.where(split)} has images in one folder only, {train.class_names[0]}; expected at least "
            f"2 classes. No labels are read from what lies beside it ({', '.join(one.file for one in others[:3])}"
            f"{', ...' if len(others) > 3 else ''}). Move the images of each class into a folder of its own, or list "
            "them in a labels.csv: file,label."
        )
    if train.doubt:
        watch.on_note(train.doubt)


def _unheeding(reread: Callable[[Wanted], Dataset], wanted: Wanted) -> Dataset:
    return reread(replace(wanted, heed=False))


def _ruled(files_of: Callable[[str], ClassFiles], splits: Mapping[str, str]) -> tuple[list[Ruled], list[LeftOut]]:
    """Return what was decided about each split, and the splits that cannot be read, which stops those who open them."""
    found, damaged = list[Ruled](), list[LeftOut]()
    for split, path in splits.items():
        try:
            if ruled := files_of(split).ruled:
                found.append(ruled)
        except DataError as error:
            damaged.append(LeftOut(f"{path}/", f"it cannot be read: {error}"))
    return found, damaged


def _unnamed(tree: Tree, split: str, listed: Part, path: Path) -> list[LeftOut]:
    """Return the files in the folder of a split that its list does not name.

    Raises:
        DataError: the list names others, which may be those of train.
    """
    names = (place[0] for place in listed.encoded.places(np.arange(len(listed.labels))))
    named = {os.path.normpath(name) for name in names if isinstance(name, str)}
    if outside := [name for name in named if not name.startswith(os.path.normpath(tree.where(split)) + os.sep)]:
        raise DataError(f"{path} names files that are not in {tree.where(split)}, such as {min(outside)}.")
    return [
        one
        for where, here in walk(tree, split)
        for one in (
            *(LeftOut(joined(where, image), f"no line of {path.name} names it") for image in here.images),
            *here.left_out,
        )
        if os.path.normpath(tree.where(one.file)) not in named
    ]


def _no_classes(split: str) -> str:
    instead = "a fifth of the images of train is held out instead" if split == "test" else "a recipe cuts it from train"
    return f"it has no class folders with images, so there is nothing to check answers against; {instead}"
