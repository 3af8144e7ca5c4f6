"""Find the images of a folder whose labels are to be decided: those of its classes, and those without any."""

from dataclasses import dataclass
from pathlib import Path

from convlet.data import listed
from convlet.data.class_files import ClassFiles
from convlet.data.decisions import FILE, is_journal_file
from convlet.data.layout import has_classes, holds_images, lay_out
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
        folder: their own, an absolute path.
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
    folder = real_path(given)
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
        if split in splits and holds_images(tree, splits[split], train.class_names):
            images += _of(ClassFiles(tree, splits[split], train.class_names), split)
    return Images(folder, tuple(images), flat=False)


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
