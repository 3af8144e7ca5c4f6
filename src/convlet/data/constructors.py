"""Data sets made in Python: from arrays, from files and labels, or from anything that yields pairs."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Self

import numpy as np

from convlet.data.sizing import ImageSize, Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch

_Pair = tuple[Any, Any]


class Constructors:
    """Ways to make a data set of what a program has; inherited by `Dataset`."""

    _made: Callable[..., Any]  # `make_dataset`

    @classmethod
    def from_arrays(
        cls,
        images: Any,
        labels: Any,
        class_names: Sequence[str] | None = None,
        *,
        test: _Pair | None = None,
        validation: _Pair | None = None,
        name: str = "arrays",
        watch: Watch | None = None,
    ) -> Self:
        """Make a data set of arrays.

        Args:
            images: (n, height, width), (n, height, width, 1 or 3) or (n, 1 or 3, height, width); uint8, or truth
                values, or numbers from 0 to 1, 0 to 16 or 0 to 255, which are brought to 0 to 255.
            labels: whole numbers or texts, (n,), or one-hot rows, (n, classes).
            class_names: of the labels 0, 1, ...; None for the labels themselves.
            test: (images, labels); None to cut off a fifth of each class, always the same one.
            validation: likewise; None leaves it to the training.
            name: what the data set is called.
            watch: `on_note` is told what is done to the pixels.

        Raises:
            DataError: other shapes, types or numbers.

        Example:
            >>> convlet.Dataset.from_arrays(images, ["cat", "dog", "cat", "dog"]).class_names
            ('cat', 'dog')
        """
        from convlet.data.arrays import Arrays, arranged
        from convlet.data.pixels import raw_of

        given = {"train": (images, labels), "validation": validation, "test": test}
        parts = {
            split: partial(lambda split, pair: Arrays(raw_of(pair[0]), pair[1], f"{name}: {split}"), split, pair)
            for split, pair in given.items()
            if pair is not None
        }
        made: Self = cls._made(name, name, about={"kind": "arrays"}, **arranged(parts, class_names, watch or Watch()))
        return made

    @classmethod
    def from_files(
        cls,
        paths: Sequence[str | Path],
        labels: Any,
        class_names: Sequence[str] | None = None,
        *,
        test: _Pair | None = None,
        validation: _Pair | None = None,
        image_size: ImageSize = None,
        fit: str = "pad",
        kind: str = "auto",
        name: str = "files",
        watch: Watch | None = None,
    ) -> Self:
        """Make a data set of image files.

        Args:
            paths: of the files, n of them.
            labels: one for each, as of `from_arrays`.
            class_names: likewise.
            test: (paths, labels); None to cut off a fifth of each class.
            validation: likewise; None leaves it to the training.
            image_size: as of `convlet.load`.
            fit: likewise.
            kind: likewise.
            name: what the data set is called.
            watch: told the images read so far, and what they are brought to.

        Raises:
            UsageError: no such size, fit or kind.
            DataError: labels of other shapes or types, counts that differ, or files that cannot be read.
        """
        from convlet.data.assemble import Part, assembled
        from convlet.data.labels import Classes, as_labels
        from convlet.data.names import Names
        from convlet.data.paths import Paths

        classes = Classes(as_labels(labels, f"{name}: train"), class_names)

        def part(split: str, pair: _Pair) -> Part:
            where = f"{name}: {split}"
            files, numbers = Paths(Names(map(str, pair[0]))), classes.numbers(as_labels(pair[1], where), where)
            if len(files) != len(numbers) or not len(files):
                raise DataError(f"{where}: {len(files):,} files and {len(numbers):,} labels; expected one for each.")
            return Part(files, numbers, where)

        given = {"train": (paths, labels), "validation": validation, "test": test}
        parts = {split: partial(part, split, pair) for split, pair in given.items() if pair is not None}
        told = watch or Watch()

        def read(wanted: Wanted) -> Any:
            return cls._made(
                name,
                name,
                class_names=classes.names,
                reread=read,
                **assembled(parts, told, wanted, "image files"),
            )

        made: Self = read(Wanted.of(image_size, fit, kind))
        return made

    @classmethod
    def from_pairs(
        cls,
        pairs: Iterable[_Pair],
        class_names: Sequence[str] | None = None,
        *,
        test: Iterable[_Pair] | None = None,
        validation: Iterable[_Pair] | None = None,
        name: str = "pairs",
        watch: Watch | None = None,
        **of_files: Any,
    ) -> Self:
        """Make a data set of anything that yields (image, label), such as a data set of torchvision.

        Args:
            pairs: each image a path, a Pillow image or an array (as one of `from_arrays`), all of one kind; images and
                arrays of one size.
            class_names: as of `from_arrays`.
            test: more pairs; None to cut off a fifth of each class.
            validation: likewise; None leaves it to the training.
            name: what the data set is called.
            watch: as of `from_arrays` and `from_files`.
            of_files: `image_size`, `fit` and `kind` of `from_files`, where images are paths.

        Raises:
            DataError: no pairs, images of several kinds or sizes, or as `from_arrays`.
        """
        train = _columns(pairs, f"{name}: train")
        more: dict[str, Any] = {
            split: _columns(given, f"{name}: {split}")
            for split, given in (("test", test), ("validation", validation))
            if given is not None
        }
        images, labels = train
        if isinstance(images, list):
            return cls.from_files(images, labels, class_names, **more, **of_files, name=name, watch=watch)
        return cls.from_arrays(images, labels, class_names, **more, name=name, watch=watch)


def _columns(pairs: Iterable[_Pair], name: str) -> tuple[Any, list[Any]]:
    """Return the images, a list of paths or an array, and the labels."""
    images: list[Any] = []
    labels: list[Any] = []
    for pair in pairs:
        if not isinstance(pair, tuple | list) or len(pair) != 2:
            raise DataError(f"{name}: item {len(labels)} is {type(pair).__name__}; expected (image, label).")
        image, label = pair
        images.append(image if isinstance(image, str | Path) else _pixels(image, f"{name}: image {len(images)}"))
        labels.append(label if isinstance(label, str) else np.asarray(label))
        first, last = images[0], images[-1]
        if isinstance(first, str | Path) != isinstance(last, str | Path):
            raise DataError(f"{name}: image {len(labels) - 1} is {type(image).__name__}, others are not.")
        if isinstance(last, np.ndarray) and last.shape != first.shape:
            raise DataError(
                f"{name}: image {len(labels) - 1} is of shape {last.shape}, image 0 of {first.shape}; expected one "
                "size. Resize them, or give the paths of files."
            )
    if not labels:
        raise DataError(f"{name}: no pairs. Expected (image, label), (image, label), ...")
    texts = [label if isinstance(label, str) else label.tolist() for label in labels]
    return (images if isinstance(images[0], str | Path) else np.stack(images)), texts


def _pixels(image: Any, name: str) -> Any:
    """Return a Pillow image as `decode` reads a file, or another image as an array."""
    from PIL import Image

    if isinstance(image, Image.Image):
        from convlet.reading.decode import decode

        return np.asarray(decode(image, name=name)[0])
    array = np.asarray(image)
    if array.ndim not in (2, 3):
        raise DataError(f"{name} has the shape {array.shape}; expected a path, a Pillow image or an array of pixels.")
    return array
