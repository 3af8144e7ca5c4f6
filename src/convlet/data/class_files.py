"""Find the image files of a split that has a folder for each class."""

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from convlet.data.decoder import Place
from convlet.data.encoded import by_number_or_name
from convlet.data.files import LeftOut
from convlet.data.labels import shown
from convlet.data.layout import classes_in
from convlet.data.names import Names
from convlet.data.other_formats import advice
from convlet.data.tree import Tree, joined, walk
from convlet.errors import DataError
from convlet.reading.image_file import HEIF_ADVICE, SUFFIXES, is_heif, is_image

_FOLDERS = 1_000  # searched for an error


class ClassFiles:
    """The image files of a split, by class, then by name; an `Encoded`.

    Attributes:
        class_names: train's: those of the folders with images, numbers in numeric order before other names.
        labels: int64 (n,), the number of each image's class.
        left_out: the files in class folders that are not images, empty class folders, and files next to them.
        doubt: why these may not be classes, for the user; "" if nothing suggests that.

    Raises:
        DataError: an unreadable folder, no images, or a class with images that is not among `class_names`.
    """

    def __init__(self, tree: Tree, split: str, class_names: Sequence[str] | None = None) -> None:
        self.tree, self.names = tree, Names()
        self._folders: list[str] = []
        counts: list[int] = []
        labels: list[int] = []
        classes, self.left_out = classes_in(tree, split, class_names or ())
        self.class_names = list(class_names or ())
        beside = len(self.left_out)
        inner: list[tuple[str, ...]] = []  # the folders in each class folder, () if it has images too
        for name in sorted(classes, key=by_number_or_name):
            within: list[tuple[str, ...]] = []
            before, label = len(self.names), self.class_names.index(name) if name in self.class_names else -1
            if class_names is None:
                label = len(self.class_names)
            for path in classes[name]:
                for inside, folder in walk(tree, path):
                    if inside == path:
                        within.append(() if folder.images else tuple(folder.folders))
                    for image in folder.images:
                        self.names.append(image)
                    self._folders.append(inside)
                    counts.append(len(folder.images))
                    labels.append(label)
                    self.left_out += folder.left_out
            if len(self.names) == before:
                self.left_out.append(LeftOut(f"{classes[name][0]}/", "a class folder without images"))
            elif class_names is None:
                self.class_names.append(name)
                inner += within
            elif label < 0:
                raise _unknown(name, classes[name][0], tree, split, class_names)
        if not len(self.names):
            flat = sum(is_image(one.file) for one in self.left_out[:beside])
            raise _no_images(tree, split, list(classes), flat, self.left_out[beside:])
        self.doubt = "" if class_names is not None else _doubt(tree, split, self.class_names, inner)
        self._ends = np.cumsum(counts)
        self.labels = np.repeat(np.asarray(labels, np.int64), counts)

    def __len__(self) -> int:
        return len(self.names)

    def name_of(self, row: int) -> str:
        """See `Encoded`."""
        return joined(self._folders[int(np.searchsorted(self._ends, row, side="right"))], self.names[row])

    def places(self, rows: NDArray[np.int64]) -> list[Place]:
        """See `Encoded`."""
        folders = np.searchsorted(self._ends, rows, side="right").tolist()
        return [
            self.tree.place(joined(self._folders[folder], self.names[row]))
            for folder, row in zip(folders, rows.tolist(), strict=True)
        ]


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
    found += f"{HEIF_ADVICE}. " if any(map(is_heif, files)) else ""
    return DataError(
        f"the class folders of {where} ({', '.join(classes[:5])}{', ...' if len(classes) > 5 else ''}) hold no images. "
        f"{found}{other.strip()}{' ' if other else ''}Expected files that end in {', '.join(sorted(SUFFIXES))}."
    )
