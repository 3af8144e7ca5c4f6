"""Find the image files of a split that has a folder for each class."""

import shlex
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from convlet.data.decisions import FILE
from convlet.data.decoder import Place, decode_here
from convlet.data.encoded import by_number_or_name
from convlet.data.filed import NOWHERE, Filed, draws_of
from convlet.data.files import LeftOut
from convlet.data.heeded import Heeded
from convlet.data.labels import shown
from convlet.data.layout import classes_in
from convlet.data.names import Names
from convlet.data.other_formats import advice
from convlet.data.ruled import Ruled
from convlet.data.tree import FileTree, Tree, joined, walk
from convlet.errors import DataError, MissingReaderError
from convlet.reading.image_file import SUFFIXES, heif_advice, is_heif, is_image

_FOLDERS = 1_000  # searched for an error


class ClassFiles:
    """The image files of a split, by class, then by name; an `Encoded`.

    Attributes:
        class_names: train's: those of the folders with images, numbers in numeric order before other names.
        labels: int64 (n,), the number of each image's class.
        left_out: the files in class folders that are not images, empty class folders, and files next to them.
        doubt: why these may not be classes, for the user; "" if nothing suggests that.
        ruled: what was decided about their labels; None without decisions.

    Args:
        tree: the data set.
        split: the split's path.
        class_names: train's, for another split.
        decisions: about labels; they win over the folders.
        flat: no folder is a class: only images with a decided label are read.

    Raises:
        DataError: an unreadable folder, no images, or a class with images that is not among `class_names`.
    """

    def __init__(
        self,
        tree: Tree,
        split: str,
        class_names: Sequence[str] | None = None,
        decisions: Heeded | None = None,
        *,
        flat: bool = False,
    ) -> None:
        self.tree, self.names = tree, Names()
        self._folders, self._counts, self._numbers = list[str](), list[int](), list[int]()
        classes, self.left_out = _flat(tree, split) if flat else classes_in(tree, split, class_names or ())
        beside = len(self.left_out)
        self.class_names = list(class_names or ())
        self.ruled: Ruled | None = None
        names = list(self.class_names)  # with those of folders whose images are all decided to be of other classes
        inner: list[tuple[str, ...]] = []  # the folders in each class folder, () if it has images too
        for name in sorted(classes, key=by_number_or_name):
            if name not in names:
                names.append(name)
            within = self._add_class(classes[name], names.index(name))
            if not within:
                self.left_out.append(LeftOut(f"{classes[name][0]}/", "a class folder without images"))
                names = names if name in self.class_names else names[:-1]
            elif class_names is None:
                self.class_names.append(name)
                inner += within
            elif name not in self.class_names and decisions is None:
                raise _unknown(name, classes[name][0], tree, split, class_names)
        if decisions is not None:
            self._add_loose(decisions, beside)
        self._ends = np.cumsum(self._counts)
        self.labels = np.repeat(np.asarray(self._numbers, np.int64), self._counts)
        if decisions is not None:
            self._decide(decisions, names, class_names is None, partial(_unknown, tree=tree, split=split))
        if flat and not len(self):
            raise DataError(
                f"{tree.where(split)} has no class folders, and {FILE} gives none of its images a label. Label some: "
                f"convlet label {tree.where(split)}"
            )
        if not len(self):
            loose = sum(is_image(one.file) for one in self.left_out[:beside])
            raise _no_images(tree, split, list(classes), loose, self.left_out[beside:])
        self.doubt = "" if class_names is not None else _doubt(tree, split, self.class_names, inner)

    def __len__(self) -> int:
        return len(self.names) if self.ruled is None else len(self.ruled.kept)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        return self._path(row if self.ruled is None else int(self.ruled.kept[row]))

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        return self._places(rows if self.ruled is None else self.ruled.kept[rows])

    def filed(self, rows: NDArray[np.int64]) -> Filed | None:
        """Return where some of the images, in order, were filed before decisions; None without decisions.

        Excluded images count too if they can be read, as they did before they were excluded.
        """
        if self.ruled is None:
            return None
        excluded = [row for row in self.ruled.excluded.tolist() if self._is_readable(row)]
        every = np.union1d(self.ruled.kept[rows], np.asarray(excluded, np.int64))
        filed = self.ruled.filed[every]
        draws = np.ones(len(every))
        loose = np.flatnonzero(filed == NOWHERE)
        draws[loose] = draws_of(self._path(row) for row in every[loose].tolist())
        return Filed(filed, draws, np.searchsorted(every, self.ruled.kept[rows]))

    def _add_class(self, folders: Sequence[str], number: int) -> list[tuple[str, ...]]:
        """Add the images of a class.

        Returns:
            The folders in each of its own, () for one with images; nothing for a class without images.
        """
        within: list[tuple[str, ...]] = []
        before = len(self.names)
        for path in folders:
            for inside, folder in walk(self.tree, path):
                if inside == path:
                    within.append(() if folder.images else tuple(folder.folders))
                self._add(inside, folder.images, number)
                self.left_out += folder.left_out
        return within if len(self.names) > before else []

    def _add_loose(self, decisions: Heeded, beside: int) -> None:
        """Add the images next to class folders about which there are decisions."""
        decided = [one for one in self.left_out[:beside] if one.file in decisions.of and is_image(one.file)]
        for folder, _, image in (one.file.rpartition("/") for one in decided):
            self._add(folder, [image], NOWHERE)
        gone = {one.file for one in decided}
        self.left_out = [one for one in self.left_out if one.file not in gone]

    def _add(self, folder: str, images: Sequence[str], number: int) -> None:
        for image in images:
            self.names.append(image)
        self._folders.append(folder)
        self._counts.append(len(images))
        self._numbers.append(number)

    def _decide(self, decisions: Heeded, names: list[str], is_train: bool, unknown: Callable[..., DataError]) -> None:
        """Apply decisions to the labels, and settle the classes if these are the images of train."""
        own = [self._path(row) for row in range(len(self.names))]
        self.ruled = Ruled.of(own, self.labels, names, decisions)
        given = [names[label] for label in self.ruled.labels[self.ruled.kept].tolist()]
        if is_train:
            self.class_names = sorted(set(given), key=by_number_or_name)
        known = {name: number for number, name in enumerate(self.class_names)}
        for row, name in zip(self.ruled.kept.tolist(), given, strict=True):
            if name in known:
                continue
            if (decision := decisions.of.get(own[row])) is None:
                raise unknown(name, own[row].rpartition("/")[0], class_names=self.class_names)
            raise DataError(
                f"{decision.where}: line {decision.line} gives {own[row]} the class {decision.label!r}, which no image "
                f"of train has ({shown(self.class_names)}). Give images of train that class, or correct the line"
                f"{self._by_command(decision.where)}"
            )
        self.labels = np.array([known[name] for name in given], np.int64)

    def _by_command(self, journal: str) -> str:
        """Return how else to correct a line of a journal, which is a file unless it is in an archive."""
        folder = shlex.quote(str(Path(journal).parent))
        return f", or decide otherwise: convlet label {folder}" if isinstance(self.tree, FileTree) else "."

    def _is_readable(self, row: int) -> bool:
        try:
            decode_here(self._places(np.array([row])))
        except DataError:
            return False
        return True

    def _path(self, row: int) -> str:
        return joined(self._folders[int(np.searchsorted(self._ends, row, side="right"))], self.names[row])

    def _places(self, rows: NDArray[np.int64]) -> list[Place]:
        folders = np.searchsorted(self._ends, rows, side="right").tolist()
        return [
            self.tree.place(joined(self._folders[folder], self.names[row]))
            for folder, row in zip(folders, rows.tolist(), strict=True)
        ]


def _flat(tree: Tree, split: str) -> tuple[dict[str, list[str]], list[LeftOut]]:
    """Return no classes, and every file, as `classes_in` does."""
    found: list[LeftOut] = []
    for where, here in walk(tree, split):
        found += [LeftOut(joined(where, name), f"{FILE} gives it no label") for name in here.images]
        found += here.left_out
    return {}, found


def _doubt(tree: Tree, split: str, names: list[str], inner: list[tuple[str, ...]]) -> str:
    """Return why train's folders may not be classes: each has the same folders in it, and no images next to them."""
    if len(set(inner)) != 1 or len(inner[0]) < 2:
        return ""
    several = len(names) > 1
    return (
        f"{tree.where(split)}: {shown(names)} {'are taken as classes' if several else 'is the only class'}, and "
        f"{'each' if several else 'it'} has the folders {shown(inner[0])} in it. If those are the classes, give the "
        "folder that holds them, or name the outer ones train and test."
    )


def _unknown(name: str, path: str, tree: Tree, split: str, class_names: Sequence[str]) -> DataError:
    return DataError(
        f"{tree.where(split)}: no class {name!r} in train (it has {', '.join(class_names)}). Rename "
        f"{tree.where(path)} to one of those, add images of {name} to train, or move that folder elsewhere."
    )


def _no_images(tree: Tree, split: str, classes: list[str], flat: int, others: list[LeftOut]) -> DataError:
    where, name = tree.where(split), tree.where(split).replace("\\", "/").rpartition("/")[2]
    held = [one.file for _, folder in islice(walk(tree, split), _FOLDERS) for one in folder.left_out]
    other = advice(where, [file.removeprefix(f"{split}/") for file in held])
    if not classes:
        found = ""
        if flat:
            found = (
                f" It holds {flat:,} images outside of any: move those of each class into its own folder, or "
                "list them in a labels.csv next to them: file,label."
            )
        return DataError(
            f"{where} has no class folders.{found}{other} Expected {name}/cat/1.png, {name}/dog/2.png, ...; "
            "shards (shard-000000.tar, ...); or MNIST's four IDX files."
        )
    files = [one.file for one in others if not one.file.endswith("/")]
    found = f"They hold {len(files):,} other files ({', '.join(files[:3])}). " if files else ""
    folders = f"the class folders of {where} ({', '.join(classes[:5])}{', ...' if len(classes) > 5 else ''})"
    if any(map(is_heif, files)):
        return MissingReaderError(f"{folders} hold no images that can be read here. {found}{heif_advice()}")
    return DataError(
        f"{folders} hold no images. {found}{other.strip()}{' ' if other else ''}"
        f"Expected files that end in {', '.join(sorted(SUFFIXES))}."
    )
