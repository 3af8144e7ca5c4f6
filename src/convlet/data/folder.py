"""A folder with a folder per class, each full of images."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from convlet.data.class_files import ClassFiles
from convlet.data.dataset import Dataset, make_dataset
from convlet.data.decoder import Like
from convlet.data.encoded import Gathered, about_pixels, gathered, split_of
from convlet.data.files import LeftOut, Unreadable, left_out_note
from convlet.data.layout import holds_images, lay_out
from convlet.data.sizing import Wanted
from convlet.data.split import Split
from convlet.data.tree import FileTree, Tree
from convlet.errors import DataError
from convlet.system.watch import Watch


def can_read(path: Path) -> bool:
    """Return whether a path may be such a folder."""
    return path.is_dir()


def read(folder: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read `FOLDER/CLASS/image.png`, or `FOLDER/train/CLASS/image.png` with `validation` and `test` beside.

    Those may also be called `training`; `val`, `valid` or `dev`; `testing` or `eval`, in any case. The classes are
    named after their folders, numbers in numeric order before other names in alphabetical order. Images in folders
    inside a class folder belong to the class. If any image of a split is colored, all of them get 3 channels.

    Raises:
        DataError: no class folders, no image in any, too many unreadable ones, a split without train, or a class of
            validation that train lacks; when the test split is opened, one of test.
    """
    return read_tree(FileTree(folder), folder.name, folder, watch, wanted, partial(read, folder, watch))


def read_tree(
    tree: Tree, name: str, source: Path, watch: Watch, wanted: Wanted, reread: Callable[[Wanted], Dataset]
) -> Dataset:
    """Read class folders, see `read`.

    Args:
        tree: the folder.
        name: the data set's.
        source: where it is, for the run folder.
        watch: told the images read, and what a split's folder that cannot be used holds.
        wanted: what to bring the images to.
        reread: see `Dataset`.
    """
    layout = lay_out(tree)
    splits, left_out = layout.splits, list(layout.left_out)
    files = ClassFiles(tree, splits["train"])
    class_names = files.class_names
    for split in ("validation", "test"):
        if split in splits and not holds_images(tree, splits[split], class_names):
            left_out.append(LeftOut(f"{splits[split]}/", _no_classes(split)))
            del splits[split]
    train, found = _split(tree, splits["train"], files, None, watch, wanted)
    channels, like = train.image_shape[-1], found.like
    left_out += [*files.left_out, *found.left_out]

    def other(split: str) -> tuple[Split, list[LeftOut]]:
        files = ClassFiles(tree, splits[split], class_names)
        made, more = _split(tree, splits[split], files, channels, watch, wanted, like)
        return made, [*files.left_out, *more.left_out]

    def open_test() -> Split:
        test, not_read = other("test")
        if not_read:
            watch.on_note(f"{test.name}: {left_out_note(not_read)}")
        return test

    validation = None
    if "validation" in splits:
        validation, not_read = other("validation")
        left_out += not_read
    return make_dataset(
        name,
        str(source),
        train,
        open_test if "test" in splits else None,
        validation=validation,
        class_names=class_names,
        about={"kind": "class folders"} | about_pixels(train.images),
        form=like.form,
        left_out=tuple(left_out),
        reread=reread,
    )


def _split(
    tree: Tree,
    path: str,
    files: ClassFiles,
    channels: int | None,
    watch: Watch,
    wanted: Wanted,
    like: Like | None = None,
) -> tuple[Split, Gathered]:
    """Decode the images of a split; arguments as of `gathered`."""
    where = tree.where(path)
    try:
        found = gathered(files, where, channels, watch, wanted, like)
    except DataError as error:
        raise DataError(tree.said(str(error))) from error
    left_out = tuple(Unreadable(one.file, tree.said(one.reason)) for one in found.left_out)
    return split_of(found, files, files.labels, where), found._replace(left_out=left_out)


def _no_classes(split: str) -> str:
    instead = "a fifth of the images of train is held out instead" if split == "test" else "a recipe cuts it from train"
    return f"it has no class folders with images, so no classes to check answers against; {instead}"
