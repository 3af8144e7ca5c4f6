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

_CUT_SEED = 0  # the cuts belong to the data, not to a run: every recipe and seed sees the same ones
_TEST_FRACTION = 0.2


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes:
        images: uint8, (n, height, width, 1 or 3 channels): an array, or beyond `convlet.data.disk.IN_MEMORY` bytes an
            `ImagesOnDisk`. `images[indices]` is an array either way.
        labels: int64, (n,), indices into the class names.
        name: what errors call it.

    Raises:
        DataError: wrong shapes or types, counts that differ, or no images.

    Example:
        >>> convlet.Split(np.zeros((2, 28, 28), np.uint8), [0, 1]).image_shape
        (28, 28, 1)
    """

    images: Images
    labels: NDArray[np.int64]
    name: str = "the data"

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", _checked_images(self.images, self.name))
        object.__setattr__(self, "labels", _checked_labels(self.labels, self.name))
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{self.name}: {len(self.images):,} images and {len(self.labels):,} labels. Each image needs one label."
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
        """SHA-256 of the pixels and labels in order."""
        digest = hashlib.sha256(str(self.images.shape).encode())
        for part in chunks(self.images):
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    @cached_property
    def value_range(self) -> tuple[int, int]:
        """The lowest and highest pixel value, 0 to 255."""
        ranges = [(int(part.min()), int(part.max())) for part in chunks(self.images)]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def sample(self, count: int) -> NDArray[np.int64]:
        """Return at most `count` evenly spread indices, so that data sorted by class show every class."""
        return np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(np.int64)

    def take(self, indices: NDArray[np.int64]) -> "Split":
        """Return the images and labels at `indices`, in that order, without reading images on disk."""
        images = self.images.take(indices) if isinstance(self.images, ImagesOnDisk) else self.images[indices]
        return replace(self, images=images, labels=self.labels[indices])


@dataclass(frozen=True, eq=False)
class Dataset:
    """A training split, a test split opened on demand, and the class names.

    Attributes:
        name: a catalogue name, or the name of the file or folder.
        source: the catalogue name, or an absolute path.
        train: what models learn from.
        class_names: one name per label, in order.
        open_test: reads the test split; called once, when `test` is first used.
        validation: the data's own validation split, or None (a recipe then cuts one from train).
        about: title, licence, folder, hashes, as `convlet data info` prints them.
        data_dir: the folder of downloaded sets that held a named set; None for the cache and for paths.

    Raises:
        DataError: fewer than two classes, two of one name, or a label outside them.

    Example:
        >>> data = convlet.load("digits")
        >>> len(data.train), len(data.test), data.image_shape
        (1437, 360, (8, 8, 1))
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
                f"{self.name} has {len(self.class_names)} class ({', '.join(self.class_names)}); expected at least 2."
            )
        (common, count), *_ = Counter(self.class_names).most_common(1)
        if count > 1:
            raise DataError(f"{self.name} has {count} classes called {common!r}. Rename all but one.")
        for name in self.class_names:
            if not name.isprintable() or not name.strip():
                raise DataError(f"{self.name} has a class named {name!r}. Expected printable text.")
        self._check(self.train)
        if self.validation is not None:
            self._check(self.validation)

    @cached_property
    def test(self) -> Split:
        """The test split, for evaluations and the tutorial's recipe only."""
        test = self.open_test()
        self._check(test)
        return test

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image."""
        return self.train.image_shape

    def split(self, name: str) -> Split:
        """Return the split called "train", "validation" or "test".

        Raises:
            DataError: there is none.
        """
        names = ["train", "test"] if self.validation is None else ["train", "validation", "test"]
        if name not in names:
            raise DataError(f"{self.name} has no split {name!r}; it has: {', '.join(names)}.")
        found: Split = getattr(self, name)
        return found

    def with_validation(self, fraction: float) -> "Dataset":
        """Return this data set with a validation split: its own, or always the same `fraction` of each class of train.

        Raises:
            DataError: train is too small.
        """
        if self.validation is not None:
            return self
        train, validation = cut(self.train, fraction)
        return replace(self, train=train, validation=validation)

    def _check(self, split: Split) -> None:
        _check_labels(split, len(self.class_names))
        if split.image_shape != self.train.image_shape:
            size, train = ("x".join(map(str, shape)) for shape in (split.image_shape, self.train.image_shape))
            raise DataError(
                f"{split.name}: images of {size}; expected those of train, {train} (height x width x channels)."
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
    """Build a Dataset from what a reader found.

    Without `class_names` the classes are the distinct labels of train, in order: labels 1 to 26 make 26 classes.
    Without `open_test` always the same fifth of each class is cut from train.

    Raises:
        DataError: a label not in train, or too few images to cut.
    """
    if class_names is None:
        values = np.unique(train.labels)
        class_names = [str(value) for value in values]

        def numbered(split: Split) -> Split:
            places = np.minimum(np.searchsorted(values, split.labels), len(values) - 1)
            _require(split, values[places] == split.labels, f"classes of train ({', '.join(class_names)})")
            return replace(split, labels=places)

        train = numbered(train)
        validation = None if validation is None else numbered(validation)
    else:

        def numbered(split: Split) -> Split:
            return split

    if open_test is None:
        _check_labels(train, len(class_names))
        train, test = cut(train, _TEST_FRACTION)
        count = len(train) + len(test)
        about = {**(about or {}), "test split": f"{len(test):,} images cut from the {count:,}, the same ones always"}
        return Dataset(name, source, train, tuple(class_names), lambda: test, validation, about, data_dir)
    opened = open_test
    return Dataset(
        name, source, train, tuple(class_names), lambda: numbered(opened()), validation, about or {}, data_dir
    )


def cut(split: Split, fraction: float) -> tuple[Split, Split]:
    """Cut off `fraction` of the images (rounded up), each class in proportion; every class keeps at least one image.

    The choice depends on the labels alone.

    Returns:
        The rest, and what was cut off, in their original order.

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
            f"{split.name}: {len(split)} images in {np.count_nonzero(counts)} classes are too few to cut. "
            "Give every class at least 2."
        )
    random = np.random.default_rng(_CUT_SEED)
    chosen = np.zeros(len(split), dtype=bool)
    for label, count in enumerate(taken):
        chosen[random.permutation(np.flatnonzero(split.labels == label))[:count]] = True
    return split.take(np.flatnonzero(~chosen)), split.take(np.flatnonzero(chosen))


def wrong_dtype(name: str, dtype: np.dtype[Any], largest: Any) -> DataError:
    """Return the error for pixels that are not uint8; `largest` is their maximum, None without numbers."""
    value = "" if largest is None else f", largest value {largest:g}"
    scaled = np.issubdtype(dtype, np.floating) and largest is not None and largest <= 1
    return DataError(
        f"{name}: pixels of type {dtype}{value}; expected unscaled uint8, 0 to 255, e.g. "
        f"{'(images * 255)' if scaled else 'images'}.astype('uint8')."
    )


def _check_labels(split: Split, classes: int) -> None:
    inside = (split.labels >= 0) & (split.labels < classes)
    _require(split, inside, f"{classes} classes (0 to {classes - 1})")


def _require(split: Split, inside: NDArray[np.bool_], classes: str) -> None:
    if not inside.all():
        at = int(inside.argmin())
        raise DataError(f"{split.name}: label {split.labels[at]} of image {at} is outside the {classes}.")


def _checked_images(given: Any, name: str) -> Images:
    images: NDArray[Any] | ImagesOnDisk = given if isinstance(given, ImagesOnDisk) else np.asarray(given)
    if isinstance(images, np.ndarray) and images.dtype != np.uint8:
        numbers = images.size and np.issubdtype(images.dtype, np.number)
        raise wrong_dtype(name, images.dtype, images.max() if numbers else None)
    if isinstance(images, np.ndarray) and images.ndim == 3:
        images = images[..., np.newaxis]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape[1:]:
        raise DataError(
            f"{name}: an array of shape {images.shape}; expected (n, height, width) or (n, height, width, 1 or 3)."
        )
    if len(images) == 0:
        raise DataError(f"{name}: no images.")
    return images


def _checked_labels(given: Any, name: str) -> NDArray[np.int64]:
    labels: NDArray[Any] = np.asarray(given)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim != 1:
        hint = " For one-hot labels: labels.argmax(axis=1)." if labels.ndim == 2 else ""
        raise DataError(f"{name}: labels of shape {labels.shape}; expected one whole number per image, (n,).{hint}")
    if not np.issubdtype(labels.dtype, np.integer):
        raise DataError(f"{name}: labels of type {labels.dtype}; expected whole numbers.")
    if labels.size and labels.max() > np.iinfo(np.int64).max:
        raise DataError(f"{name}: label {labels.max()} is too large.")
    return labels.astype(np.int64)
