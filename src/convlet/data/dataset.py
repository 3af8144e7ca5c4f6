"""Dataset and Split: arrays and names, checked once, here."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.disk import Images, ImagesOnDisk, chunks
from convlet.errors import DataError

_CUT_SEED = 0  # the cuts are part of the data, not of a run: every recipe and seed sees the same ones
_TEST_FRACTION = 0.2


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes:
        images: uint8, (n, height, width, channels), 0 to 255; channels is 1 (grey) or 3 (red, green, blue). An array; or, where
            a reader met more bytes of pixels than `convlet.data.disk.IN_MEMORY`, an `ImagesOnDisk`. `images[indices]` is an array either way.
        labels: int64, (n,), indices into the data set's class names.

    Raises:
        DataError: an array of another shape or type, counts that differ, or no images.
    """

    images: Images
    labels: NDArray[np.int64]
    name: str = "the data"

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", _checked_images(self.images, self.name))
        object.__setattr__(self, "labels", _checked_labels(self.labels, self.name))
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{self.name}: {len(self.images):,} images and {len(self.labels):,} labels. "
                "Each image needs one label: check that the two belong together."
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image."""
        _, height, width, channels = self.images.shape
        return height, width, channels

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the pixels and labels in order: two splits with one hash hold the same data."""
        digest = hashlib.sha256(str(self.images.shape).encode())
        for part in chunks(self.images):
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    @cached_property
    def value_range(self) -> tuple[int, int]:
        """The darkest and the lightest value of any pixel, 0 to 255."""
        ranges = [(int(part.min()), int(part.max())) for part in chunks(self.images)]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def sample(self, count: int) -> NDArray[np.int64]:
        """At most `count` indices spread evenly over the split, so that data sorted by class show every class."""
        return np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(np.int64)

    def take(self, indices: NDArray[np.int64]) -> "Split":
        """The images and labels at `indices`, in that order. Of images on disk no pixel is read."""
        images = self.images.take(indices) if isinstance(self.images, ImagesOnDisk) else self.images[indices]
        return replace(self, images=images, labels=self.labels[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training split, a test split that is opened when asked for, and the names of the classes.

    Attributes:
        name: a catalogue name, or the name of the file or folder.
        source: what `convlet.load` was given: the catalogue name, or an absolute path.
        train: what models learn from.
        class_names: one name per label, in order.
        open_test: reads the test split; called once, by whoever asks for `test` first.
        validation: a validation split that came with the data, else None (a recipe then cuts one from train).
        about: title, licence, where the files lie, their hashes: what `convlet data info` prints.
        data_dir: the folder of downloaded sets that a named set was found in, None for the cache and for paths.

    Raises:
        DataError: fewer than two classes, two of one name, or a label outside of them.
    """

    name: str
    source: str
    train: Split
    class_names: tuple[str, ...]
    open_test: Callable[[], Split] = field(repr=False)
    validation: Split | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    data_dir: str | None = None

    def __post_init__(self) -> None:
        if len(self.class_names) < 2:
            raise DataError(
                f"{self.name} has {len(self.class_names)} class ({', '.join(self.class_names)}). A classifier needs at least 2."
            )
        (common, count), *_ = Counter(self.class_names).most_common(1)
        if count > 1:
            raise DataError(f"{self.name} has {count} classes called {common!r}. Every class needs a name of its own.")
        for name in self.class_names:
            if not name.isprintable() or not name.strip():
                raise DataError(f"{self.name} has a class named {name!r}. Class names are printable text: rename it.")
        self._check(self.train)
        if self.validation is not None:
            self._check(self.validation)

    @cached_property
    def test(self) -> Split:
        """The test split. Only an evaluation, and the tutorial's own recipe, should ask for it."""
        test = self.open_test()
        self._check(test)
        return test

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image."""
        return self.train.image_shape

    def split(self, name: str) -> Split:
        """The split called "train", "validation" or "test".

        Raises:
            DataError: there is no such split in this data set.
        """
        if name == "train":
            return self.train
        if name == "test":
            return self.test
        if name == "validation" and self.validation is not None:
            return self.validation
        here = "train, validation, test" if self.validation is not None else "train, test"
        raise DataError(f"{self.name} has no split {name!r}; it has: {here}.")

    def with_validation(self, fraction: float) -> "Dataset":
        """This data set with a validation split: its own, or `fraction` of each class cut from train, the same cut always.

        Raises:
            DataError: train is too small to be cut.
        """
        if self.validation is not None:
            return self
        train, validation = cut(self.train, fraction)
        return replace(self, train=train, validation=validation)

    def _check(self, split: Split) -> None:
        _check_labels(split, len(self.class_names))
        if split.image_shape != self.train.image_shape:
            raise DataError(
                f"{split.name}: images of {_size(split.image_shape)}, but those of train are {_size(self.train.image_shape)} "
                "(height x width x channels). All splits need one size."
            )


def make_dataset(
    name: str,
    source: str,
    train: Split,
    open_test: Callable[[], Split] | None,
    *,
    validation: Split | None = None,
    class_names: Sequence[str] | None = None,
    about: Mapping[str, Any] | None = None,
    data_dir: str | None = None,
) -> Dataset:
    """A Dataset from what a reader found.

    Without `class_names` the classes are the distinct labels of train, in order, so labels 1 to 26 make 26 classes and not 27.
    Without `open_test` a fifth of each class is cut from train, the same fifth always.

    Raises:
        DataError: a label that is not in train, or too few images to cut a test split from.
    """
    if class_names is None:
        values = np.unique(train.labels)
        class_names = [str(value) for value in values]

        def numbered(split: Split) -> Split:
            places = np.minimum(np.searchsorted(values, split.labels), len(values) - 1)
            if (unknown := values[places] != split.labels).any():
                at = int(unknown.argmax())
                raise DataError(
                    f"{split.name}: label {split.labels[at]} of image {at} is outside the classes of train "
                    f"({', '.join(class_names)}). Check the labels."
                )
            return replace(split, labels=places)

        train = numbered(train)
        validation = None if validation is None else numbered(validation)
        if open_test is not None:
            opened = open_test
            open_test = lambda: numbered(opened())
    if open_test is None:
        _check_labels(train, len(class_names))
        train, test = cut(train, _TEST_FRACTION)
        open_test = lambda: test
        about = {
            **(about or {}),
            "test split": f"{len(test):,} images cut from the {len(train) + len(test):,}, the same ones always",
        }
    return Dataset(name, source, train, tuple(class_names), open_test, validation, about or {}, data_dir)


def cut(split: Split, fraction: float) -> tuple[Split, Split]:
    """Cut off `fraction` of the images (rounded up), each class in proportion; every class keeps at least one image.

    The choice depends on the labels alone, so the same data are cut the same way on every machine.

    Returns:
        The rest, and what was cut off, both in their original order.

    Raises:
        DataError: no class has two images.
    """
    counts = np.bincount(split.labels)
    shares = counts * fraction
    taken = np.minimum(np.floor(shares), np.maximum(counts - 1, 0)).astype(np.int64)
    wanted = int(np.ceil(len(split) * fraction - 1e-9))
    for label in np.argsort(taken - shares, kind="stable"):  # the largest remainders first
        if taken.sum() < wanted and taken[label] < counts[label] - 1:
            taken[label] += 1
    if not taken.any():
        raise DataError(
            f"{split.name}: {len(split)} images in {np.count_nonzero(counts)} classes are too few to set a part of each class aside. "
            "Give every class at least 2 images."
        )
    random = np.random.default_rng(_CUT_SEED)
    chosen = np.zeros(len(split), dtype=bool)
    for label, count in enumerate(taken):
        chosen[random.permutation(np.flatnonzero(split.labels == label))[:count]] = True
    return split.take(np.flatnonzero(~chosen)), split.take(np.flatnonzero(chosen))


def _check_labels(split: Split, classes: int) -> None:
    outside = (split.labels < 0) | (split.labels >= classes)
    if outside.any():
        at = int(outside.argmax())
        raise DataError(
            f"{split.name}: label {split.labels[at]} of image {at} is outside the {classes} classes (0 to {classes - 1}). "
            "Check the labels file."
        )


def pixels_of_another_type(name: str, dtype: np.dtype[Any], largest: Any) -> DataError:
    """The error for pixels that are not uint8; `largest` is the largest of them, None if there is none or they are no numbers."""
    value = "" if largest is None else f", largest value {largest:g}"
    unscaled = (
        "(images * 255)" if np.issubdtype(dtype, np.floating) and largest is not None and largest <= 1 else "images"
    )
    return DataError(
        f"{name}: pixels of type {dtype}{value}; expected uint8, 0 to 255. "
        f"convlet's models scale pixels themselves: give the unscaled ones, e.g. {unscaled}.astype('uint8')."
    )


def _checked_images(given: Any, name: str) -> Images:
    images: NDArray[Any] | ImagesOnDisk = given if isinstance(given, ImagesOnDisk) else np.asarray(given)
    if isinstance(images, np.ndarray) and images.dtype != np.uint8:
        numbers = images.size and np.issubdtype(images.dtype, np.number)
        raise pixels_of_another_type(name, images.dtype, images.max() if numbers else None)
    if isinstance(images, np.ndarray) and images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape[1:]:
        raise DataError(
            f"{name}: an array of shape {images.shape}; expected (n, height, width) or (n, height, width, channels) with 1 or 3 channels."
        )
    if len(images) == 0:
        raise DataError(f"{name}: no images in it.")
    return images


def _checked_labels(given: Any, name: str) -> NDArray[np.int64]:
    labels: NDArray[Any] = np.asarray(given)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        hint = " These look one-hot: give the class numbers, labels.argmax(axis=1)." if labels.ndim == 2 else ""
        raise DataError(
            f"{name}: labels of shape {labels.shape}; expected one whole number per image, shape (n,).{hint}"
        )
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{name}: labels of type {labels.dtype}; expected whole numbers.")
    if labels.size and labels.max() > np.iinfo(np.int64).max:
        raise DataError(f"{name}: label {labels.max()} is too large; expected whole numbers that count classes.")
    return labels.astype(np.int64)


def _size(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
