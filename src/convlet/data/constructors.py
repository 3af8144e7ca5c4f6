"""Make data sets in Python: from arrays, from files and labels, or from anything that yields pairs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from os import PathLike
from pathlib import Path
from typing import Any, Self

import numpy as np

from convlet.data.decoder import Encoded
from convlet.data.given import are_pictures, class_texts, two
from convlet.data.held import Held, held_alike, scaled_alike
from convlet.data.pairs import pairs_of
from convlet.data.paths import Paths
from convlet.data.sizing import ImageSize, Wanted
from convlet.errors import DataError
from convlet.system.watch import Watch

_Pair = tuple[Any, Any]


class Constructors:
    """Ways to make a data set from what a program has; inherited by `Dataset`."""

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
        """Make a data set from arrays.

        Args:
            images: (n, height, width), (n, height, width, 1, 3 or 4) or (n, 1, 3 or 4, height, width), where a
                fourth channel is transparency; uint8, or truth values, or numbers from 0 to 1, 0 to 16 or 0 to 255,
                which are scaled to 0 to 255. Or a list of Pillow images, or of arrays of several sizes, which are
                resized to one. Train decides one scale for all.
            labels: whole numbers or texts, (n,), or one-hot rows, (n, classes).
            class_names: those of the labels 0, 1, ...; None for the labels themselves.
            test: (images, labels); None to split off a fifth of each class, always the same one.
            validation: (images, labels); None leaves it to the training.
            name: the name of the data set.
            watch: `on_note` reports what is done to the pixels.

        Raises:
            DataError: other shapes, types or numbers.

        Example:
            >>> convlet.Dataset.from_arrays(images[:4], ["cat", "dog", "cat", "dog"]).class_names
            ('cat', 'dog')
        """
        from convlet.data.arrays import Arrays, arranged
        from convlet.data.pixels import raw_of

        splits = {"train": (images, labels), "validation": validation, "test": test}
        given = {split: two(pair, f"{name}: {split}") for split, pair in splits.items() if pair is not None}
        if any(are_pictures(held) for held, _ in given.values()):
            held = {split: Held(images, f"{name}: {split}") for split, (images, _) in given.items()}
            scaled = scaled_alike(held, watch or Watch())
            encoded = {split: (scaled[split], labels) for split, (_, labels) in given.items()}
            return cls._of_encoded(encoded, class_names, Wanted(), name, watch, "pictures")

        def part(split: str) -> Arrays:
            held, labels = given[split]
            return Arrays(raw_of(held), labels, f"{name}: {split}")

        parts = {split: partial(part, split) for split in given}
        made: Self = cls._made(
            name,
            name,
            about={"kind": "arrays"},
            **arranged(parts, class_texts(class_names, name), watch or Watch()),
        )
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
        """Make a data set from image files.

        Args:
            paths: those of the n files.
            labels: one for each, see `from_arrays`.
            class_names: see `from_arrays`.
            test: (paths, labels); None to split off a fifth of each class.
            validation: (paths, labels); None leaves it to the training.
            image_size: see `convlet.load`.
            fit: see `convlet.load`.
            kind: see `convlet.load`.
            name: the name of the data set.
            watch: gets the images read so far, and what they are resized to.

        Raises:
            UsageError: no such size, fit or kind.
            DataError: labels of other shapes or types, counts that differ, or files that cannot be read.

        Example:
            >>> files = ["seven.png", "four.png", "seven.png", "four.png"]
            >>> convlet.Dataset.from_files(files, ["7", "4", "7", "4"]).class_names
            ('4', '7')
        """
        from convlet.data.names import Names, is_path

        given = {"train": (paths, labels), "validation": validation, "test": test}
        encoded = {}
        for split, pair in given.items():
            if pair is not None:
                named, numbers = two(pair, f"{name}: {split}")
                for row, one in enumerate(named):
                    if isinstance(one, str | PathLike) and not is_path(str(one)):
                        raise DataError(f"{name}: {split}: file {row} is {str(one)!r}, which cannot name a file.")
                    if not isinstance(one, str | PathLike):
                        raise DataError(
                            f"{name}: {split}: file {row} is {type(one).__name__}; expected a path. For pictures in "
                            "memory: Dataset.from_pairs(zip(pictures, labels))."
                        )
                encoded[split] = Paths(Names(map(str, named))), numbers
        return cls._of_encoded(encoded, class_names, Wanted.of(image_size, fit, kind), name, watch, "image files")

    @classmethod
    def from_pairs(
        cls,
        pairs: Iterable[_Pair],
        class_names: Sequence[str] | None = None,
        *,
        test: Iterable[_Pair] | None = None,
        validation: Iterable[_Pair] | None = None,
        name: str = "pairs",
        image_size: ImageSize = None,
        fit: str = "pad",
        kind: str = "auto",
        watch: Watch | None = None,
    ) -> Self:
        """Make a data set from anything that yields (image, label), such as a torchvision data set.

        Args:
            pairs: each image is a path, a Pillow image, an array (like one of `from_arrays`) or the bytes of a file.
                If they have several sizes, gray and in color, they are resized to one.
            class_names: see `from_arrays`.
            test: more pairs; None to split off a fifth of each class.
            validation: more pairs; None leaves it to the training.
            name: the name of the data set.
            watch: see `from_arrays` and `from_files`.
            image_size: see `convlet.load`.
            fit: see `convlet.load`.
            kind: see `convlet.load`.

        Raises:
            UsageError: no such size, fit or kind.
            DataError: no pairs, paths among images, or see `from_arrays`.

        Example:
            >>> convlet.Dataset.from_pairs(zip(images, labels, strict=True)).image_shape
            (28, 28, 1)
        """
        of_files: dict[str, Any] = {"image_size": image_size, "fit": fit, "kind": kind}
        splits = {"train": pairs, "validation": validation, "test": test}
        given = {split: pairs_of(held, f"{name}: {split}") for split, held in splits.items() if held is not None}
        kinds = {isinstance(images, list) for images, _ in given.values()}
        if len(kinds) > 1:
            raise DataError(f"{name}: some splits have paths and others images. Expected one or the other.")
        images, labels = given["train"]
        rest: dict[str, Any] = {split: pair for split, pair in given.items() if split != "train"}
        if kinds.pop():
            return cls.from_files(images, labels, class_names, **rest, **of_files, name=name, watch=watch)
        shapes = {images.shape[1:] for images, _ in given.values() if not isinstance(images, Held)}
        if (
            image_size is None
            and len(shapes) == 1
            and all(isinstance(images, np.ndarray) for images, _ in given.values())
        ):
            return cls.from_arrays(images, labels, class_names, **rest, name=name, watch=watch)
        encoded = held_alike(given, name, watch or Watch())
        return cls._of_encoded(encoded, class_names, Wanted.of(**of_files), name, watch, "pictures")

    @classmethod
    def _of_encoded(
        cls,
        given: Mapping[str, tuple[Encoded, Any]],
        class_names: Sequence[str] | None,
        wanted: Wanted,
        name: str,
        watch: Watch | None,
        kind: str,
    ) -> Self:
        """Make a data set from encoded images and labels, by split."""
        from convlet.data.assemble import Part, assembled
        from convlet.data.labels import Classes, as_labels

        classes = Classes(as_labels(given["train"][1], f"{name}: train"), class_texts(class_names, name))

        def part(split: str) -> Part:
            where, (images, labels) = f"{name}: {split}", given[split]
            numbers = classes.numbers(as_labels(labels, where), where)
            if len(images) != len(numbers) or not len(images):
                what = "files" if isinstance(images, Paths) else "images"
                raise DataError(f"{where}: {len(images):,} {what} and {len(numbers):,} labels; expected one for each.")
            return Part(images, numbers, where, said=images.said if isinstance(images, Held) else str)

        parts = {split: partial(part, split) for split in given}
        told = watch or Watch()

        def read(wanted: Wanted) -> Any:
            made = assembled(parts, told, wanted, kind)
            return cls._made(name, name, class_names=classes.names, reread=read, kind=wanted.kind, **made)

        made: Self = read(wanted)
        return made
