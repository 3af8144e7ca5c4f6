"""Find the images of a folder whose labels are to be decided: those of its classes, and those without any."""

import os
from dataclasses import dataclass
from pathlib import Path

from convlet.data import listed
from convlet.data.class_files import ClassFiles
from convlet.data.decisions import FILE, is_journal_file
from convlet.data.heeded import heeded_by, is_flat
from convlet.data.layout import classes_in, has_classes, holds_images, lay_out
from convlet.data.tree import FileTree, joined, walk
from convlet.errors import DataError
from convlet.reading.image_file import is_image
from convlet.system.files import real_path


@dataclass(frozen=True)
class Image:
    """An image file.

    Attributes:
        path: relative to the folder, with "/" between names.
        filed: the name of its class, by its folder; "" outside class folders.
        split: "train", "validation" or "test"; "" where the folder has no class folders.
    """

    path: str
    filed: str = ""
    split: str = ""


@dataclass(frozen=True)
class Images:
    """The images of a folder.

    Attributes:
        folder: their own, an absolute path, by the name it was given: a folder above may know it by that.
        images: those of train first, in the order of their classes and names.
        flat: whether the folder has no class folders.
    """

    folder: Path
    images: tuple[Image, ...]
    flat: bool

    def file(self, path: str) -> Path:
        """Return where an image is."""
        return self.folder.joinpath(*path.split("/"))


def images_in(given: Path) -> Images:
    """Find the images of a folder.

    Raises:
        DataError: it is no folder, holds no images, or has a list of labels that is not convlet's.
    """
    real, folder = real_path(given), Path(os.path.abspath(given))  # noqa: PTH100  without ".."
    folder = folder if real_path(folder) == real else real
    if not folder.is_dir():
        what = "a file" if folder.exists() else "not there"
        raise DataError(
            f"{given} is {what}; expected a folder of images. Unpack an archive first, and give its folder."
        )
    _require_no_list(folder)
    tree = FileTree(folder)
    if not has_classes(tree):
        found = [Image(joined(where, name)) for where, here in walk(tree, "") for name in here.images]
        if not found:
            raise DataError(f"{folder} holds no images. Expected image files, in class folders or not.")
        return Images(folder, tuple(found), flat=True)
    splits, _ = lay_out(tree)
    train = ClassFiles(tree, splits["train"])
    images = _of(train, "train")
    for split in ("validation", "test"):
        if split in splits:
            images += _of_other(tree, split, splits[split], train.class_names)
    return Images(folder, tuple(images), flat=False)


def _of_other(tree: FileTree, split: str, path: str, class_names: list[str]) -> list[Image]:
    """Return the images of a split other than train, also of classes that train lacks, to be decided otherwise."""
    if holds_images(tree, path, class_names):
        classes, _ = classes_in(tree, path, class_names)
        return _of(ClassFiles(tree, path, [*class_names, *(one for one in classes if one not in class_names)]), split)
    has_list = split == "test" and listed.lists_of_test(Path(tree.root))
    if not has_list and is_flat(tree, path, class_names, heeded_by(tree), flat=False):
        return [Image(joined(at, name), "", split) for at, here in walk(tree, path) for name in here.images]
    return []


def _of(files: ClassFiles, split: str) -> list[Image]:
    names = files.class_names
    inside = [Image(files.name_of(row), names[label], split) for row, label in enumerate(files.labels.tolist())]
    return inside + [Image(one.file, "", split) for one in files.left_out if is_image(one.file)]


def _require_no_list(folder: Path) -> None:
    there = folder / FILE
    if there.is_file() and there.stat().st_size and not is_journal_file(there):
        raise DataError(
            f"{there} is a table of another kind: its first line is not path,label,excluded,who,when. Give it another "
            "name, or correct its first line: decisions about labels are kept in a file of this name."
        )
    if listed.can_read(folder):
        raise DataError(
            f"{folder} has a list of its images' labels ({listed.lists_in(folder)[0].name}). Correct labels there: "
            f"{FILE} is for class folders, and for images without labels."
        )
