"""Read class folders in an archive: `.zip`, `.tar`, `.tar.gz`, `.tgz`, `.tar.bz2` or `.tar.xz`."""

import weakref
from collections import defaultdict
from dataclasses import replace
from functools import partial
from pathlib import Path

from convlet.data.dataset import Dataset
from convlet.data.decoder import Place
from convlet.data.files import LeftOut
from convlet.data.folder import read_tree
from convlet.data.layout import has_classes
from convlet.data.other_formats import listed, refusal
from convlet.data.sizing import Wanted
from convlet.data.tree import Folder
from convlet.data.unpack import Packed, unpack
from convlet.errors import DataError
from convlet.system.watch import Watch

_SUFFIXES = (".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz")


def can_read(path: Path) -> bool:
    """Return whether a path is a file with an archive's suffix."""
    return path.name.lower().endswith(_SUFFIXES) and not path.is_dir()


def read(path: Path, watch: Watch, wanted: Wanted) -> Dataset:
    """Read an archive of class folders as `folder.read` reads the folder it was made from.

    Raises:
        DataError: see `folder.read` and `unpack`; or no images, or images in a list instead of class folders.
        OutputError: no space for a temporary file with the images.
    """
    packed = unpack(path, watch)
    tree = PackedTree(path, packed)
    suffix = max((one for one in _SUFFIXES if path.name.lower().endswith(one)), key=len)
    name, others = path.name[: -len(suffix)], [one.file for one in [*packed.left_out, *packed.refused]]
    if not packed.images:
        raise refusal(path, name, others)
    if (error := listed(path, name, others)) and not has_classes(tree):
        raise error
    found = read_tree(tree, name, path, watch, wanted, partial(read, path, watch))
    return replace(found, left_out=found.left_out + tuple(packed.refused))


class PackedTree:
    """The folders in an archive; a `Tree`. The temporary file of its images is deleted with this object."""

    def __init__(self, path: Path, packed: Packed) -> None:
        self._path, self._packed = str(path), packed
        if packed.temporary:
            weakref.finalize(self, Path(packed.file).unlink, missing_ok=True)
        self._folders: defaultdict[str, tuple[set[str], list[str], list[LeftOut]]] = defaultdict(
            lambda: (set(), [], [])
        )
        for image in packed.images:
            self._inside(image)[1].append(image.rpartition("/")[2])
        for one in packed.left_out:
            self._inside(one.file)[2].append(one)

    def look(self, path: str) -> Folder:
        """See `Tree`."""
        folders, images, left_out = self._folders.get(path, ((), (), ()))
        return Folder(sorted(folders), sorted(images), sorted(left_out))

    def place(self, path: str) -> Place:
        """See `Tree`."""
        return self._packed.file, *self._packed.images[path]

    def content(self, path: str) -> bytes:
        """See `Tree`."""
        if path not in self._packed.tables:
            raise DataError(f"{self.where(path)} cannot be read: it is a link, or too large. Expected a plain file.")
        start, size = self._packed.tables[path]
        with Path(self._packed.file).open("rb") as file:
            file.seek(start)
            return file.read(size)

    def where(self, path: str) -> str:
        """See `Tree`."""
        return f"{self._path}: {path}" if path else self._path

    def said(self, text: str) -> str:
        """See `Tree`."""
        return text.replace(self._packed.file, self._path)

    def _inside(self, file: str) -> tuple[set[str], list[str], list[LeftOut]]:
        """Return the content of a file's folder, adding the folder to those above it."""
        folder = file.rpartition("/")[0]
        found, inner = self._folders[folder], folder
        while inner:
            outer, _, name = inner.rpartition("/")
            here = self._folders[outer][0]
            if name in here:
                break
            here.add(name)
            inner = outer
        return found
