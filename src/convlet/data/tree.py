"""Walk nested folders, on disk or in an archive: what each holds, and what is skipped."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from convlet.data.decoder import WHOLE, Place
from convlet.data.files import LeftOut
from convlet.errors import DataError
from convlet.reading.image_file import heif_advice, is_heif, is_image
from convlet.system.files import read_regular

LARGEST_TABLE = 1 << 28  # bytes: a million decisions about labels take 60 MB

# Leftovers of systems and programs, in lower case; hidden files are skipped too.
_PASSED_OVER = frozenset({"__macosx", "thumbs.db", "desktop.ini", "$recycle.bin", "@eadir", "lost+found"})


class Folder(NamedTuple):
    """What a folder holds.

    Attributes:
        folders: the names of the folders in it, sorted.
        images: the names of the image files in it, sorted.
        left_out: its other files, by path, each with the reason.
    """

    folders: list[str]
    images: list[str]
    left_out: list[LeftOut]


class Tree(Protocol):
    """A folder with everything below it. Paths are relative to it, with "/" between names; "" is the folder itself."""

    def look(self, path: str) -> Folder:
        """Return what a folder holds."""
        ...

    def place(self, path: str) -> Place:
        """Return where a file's bytes are."""
        ...

    def content(self, path: str) -> bytes:
        """Return a small file's bytes."""
        ...

    def where(self, path: str) -> str:
        """Return what errors call a path."""
        ...

    def said(self, text: str) -> str:
        """Return a decoder's error in terms the user knows."""
        ...


class FileTree:
    """A folder on a disk."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)

    def look(self, path: str) -> Folder:
        """See `Tree`. An entry's kind comes with its name; only links need a separate lookup.

        Raises:
            DataError: the folder cannot be read.
        """
        folders, images, left_out = [], [], []
        try:
            with os.scandir(self.where(path)) as found:
                for entry in found:
                    name = entry.name
                    if passed_over(name):
                        continue
                    if _leads_nowhere(entry):
                        left_out.append(LeftOut(joined(path, name), "it is a broken link"))
                    elif entry.is_dir():
                        if _is_link(entry) and self._is_above(entry.path, path):
                            left_out.append(LeftOut(joined(path, name) + "/", "it is a link to a folder above it"))
                        else:
                            folders.append(name)
                    elif is_image(name) and (entry.is_symlink() or entry.is_file()):
                        images.append(name)
                    elif is_image(name):
                        left_out.append(LeftOut(joined(path, name), "it is not a regular file"))
                    else:
                        left_out.append(no_image(joined(path, name)))
        except OSError as error:
            raise DataError(
                f"cannot read the folder {self.where(path)}: {error.strerror or error}. Allow reading it, or move it "
                "elsewhere."
            ) from error
        return Folder(sorted(folders), sorted(images), sorted(left_out))

    def place(self, path: str) -> Place:
        """See `Tree`."""
        return self.where(path), 0, WHOLE

    def content(self, path: str) -> bytes:
        """See `Tree`.

        Raises:
            DataError: it cannot be read, or is too large.
        """
        try:
            return read_regular(Path(self.where(path)), LARGEST_TABLE)
        except OSError as error:
            raise DataError(f"cannot read {self.where(path)}: {error.strerror or error}.") from error

    def where(self, path: str) -> str:
        """See `Tree`."""
        return self.root + os.sep + path.replace("/", os.sep) if path else self.root

    def said(self, text: str) -> str:
        """See `Tree`."""
        return text

    def _is_above(self, link: str, path: str) -> bool:
        """Return whether a link in the folder `path` leads to a folder on the way to it, or above one."""
        target = os.path.realpath(link)
        names = path.split("/")
        reached = (os.path.realpath(self.where("/".join(names[:depth]))) for depth in range(len(names) + 1))
        return any(real == target or real.startswith(target.rstrip(os.sep) + os.sep) for real in reached)


def _is_link(entry: "os.DirEntry[str]") -> bool:
    """Return whether an entry is a link, or Windows's kind of a link to a folder, which Python 3.12 tells."""
    return entry.is_symlink() or bool(getattr(entry, "is_junction", bool)())


def _leads_nowhere(entry: "os.DirEntry[str]") -> bool:
    """Return whether a link leads to itself; any other broken link is an unreadable image."""
    try:
        entry.is_dir()
    except OSError:
        return entry.is_symlink()
    return False


def passed_over(name: str) -> bool:
    """Return whether a file or folder of this name is not the user's."""
    return name.startswith(".") or name.lower() in _PASSED_OVER


def no_image(path: str) -> LeftOut:
    """Return the entry of a file that is not an image, or not one that can be read here."""
    if is_heif(path):
        return LeftOut(path, heif_advice())
    suffix = os.path.splitext(path)[1]  # noqa: PTH122  a million Paths cost seconds
    return LeftOut(path, f"{suffix} is not an image suffix" if suffix else "it has no image suffix")


def joined(path: str, name: str) -> str:
    """Return the path of `name` in the folder `path`."""
    return f"{path}/{name}" if path else name


def walk(tree: Tree, path: str) -> Iterator[tuple[str, Folder]]:
    """Yield a folder and all folders below it, each with its path, in the order of their names."""
    waiting = [path]
    while waiting:
        path = waiting.pop()
        here = tree.look(path)
        yield path, here
        waiting += [joined(path, name) for name in reversed(here.folders)]
