"""Hold images with their labels; they are checked here, once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.disk import Images, ImagesOnDisk, chunks
from convlet.data.filed import Filed, rows_cut
from convlet.data.files import FileNames, LeftOut
from convlet.errors import DataError


@dataclass(frozen=True, eq=False)
class Split:
    """Images and their labels.

    Attributes:
        images: uint8, (n, height, width, 1 or 3 channels): an array, or above `convlet.data.disk.IN_MEMORY` bytes an
            `ImagesOnDisk`. `images[indices]` is an array either way.
        labels: int64, (n,), indices into the class names.
        name: what errors call it.
        files: the name of each image's file, or None where images are not files.
        left_out: the files of a test split that were not read, each with the reason; those of train and validation are
            in `Dataset.left_out`.
        filed: where the images were filed before labels were decided, so that cuts stay as they were; usually None.

    Raises:
        DataError: wrong shapes or types, counts that differ, or no images.

    Example:
        >>> convlet.Split(np.zeros((2, 28, 28), np.uint8), [0, 1]).image_shape
        (28, 28, 1)
    """

    images: Images
    labels: NDArray[np.int64]
    name: str = "the data"
    files: FileNames | None = None
    left_out: tuple[LeftOut, ...] = ()
    filed: Filed | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "images", _checked_images(self.images, self.name))
        object.__setattr__(self, "labels", _checked_labels(self.labels, self.name))
        if len(self.images) != len(self.labels):
            raise DataError(
                f"{self.name}: {len(self.images):,} images and {len(self.labels):,} labels. Each image needs one label."
            )
        if self.files is not None and len(self.files) != len(self.labels):
            raise DataError(f"{self.name}: {len(self.labels):,} images and the names of {len(self.files):,} files.")

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image.

        Example:
            >>> dataset.train.image_shape
            (8, 8, 1)
        """
        _, height, width, channels = self.images.shape
        return height, width, channels

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the pixels and labels in order.

        Example:
            >>> dataset.train.sha256[:8]
            'eca0c23d'
        """
        digest = hashlib.sha256(str(self.images.shape).encode())
        for part in chunks(self.images):
            digest.update(np.ascontiguousarray(part).data)
        digest.update(np.ascontiguousarray(self.labels).data)
        return digest.hexdigest()

    @cached_property
    def value_range(self) -> tuple[int, int]:
        """The lowest and highest pixel value, 0 to 255.

        Example:
            >>> dataset.train.value_range
            (0, 255)
        """
        ranges = [(int(part.min()), int(part.max())) for part in chunks(self.images)]
        return min(low for low, _ in ranges), max(high for _, high in ranges)

    def sample(self, count: int) -> NDArray[np.int64]:
        """Return at most `count` evenly spread indices, int64 (n,), so that data sorted by class show every class.

        Example:
            >>> dataset.train.sample(3).tolist()
            [0, 718, 1436]
        """
        return np.linspace(0, len(self) - 1, min(count, len(self))).round().astype(np.int64)

    def take(self, indices: NDArray[np.int64]) -> "Split":
        """Return the images and labels at `indices`, int64 (n,), in that order, without reading images on disk.

        Example:
            >>> len(dataset.train.take(dataset.train.sample(3)))
            3
        """
        images = self.images.take(indices) if isinstance(self.images, ImagesOnDisk) else self.images[indices]
        files = None if self.files is None else self.files.take(indices)
        filed = None if self.filed is None else self.filed.take(indices)
        return replace(self, images=images, labels=self.labels[indices], files=files, filed=filed)


def cut(split: Split, fraction: float) -> tuple[Split, Split]:
    """Split off `fraction` of the images (rounded up), stratified by class; every class keeps at least one image.

    The choice depends only on the labels, or where the images were filed; see `Filed`.

    Returns:
        The rest, and what was split off, in their original order.

    Raises:
        DataError: no class has two images.
    """
    rest, off = (
        replace(split.take(rows), filed=filed)
        for rows, filed in rows_cut(split.labels, split.filed, fraction, split.name)
    )
    return rest, off


def relabeled(split: Split, names: Sequence[str], others: Sequence[str]) -> Split:
    """Return the split with the indices that its classes `names` have in `others`, which hold all of them."""
    if tuple(names) == tuple(others):
        return split
    return replace(split, labels=np.array([others.index(name) for name in names], np.int64)[split.labels])


def wrong_dtype(name: str, dtype: np.dtype[Any], largest: Any) -> DataError:
    """Return the error for pixels that are not uint8; `largest` is their maximum, None without numbers."""
    value = "" if largest is None else f", largest value {largest:g}"
    scaled = np.issubdtype(dtype, np.floating) and largest is not None and largest <= 1
    return DataError(
        f"{name}: pixels of type {dtype}{value}; expected unscaled uint8, 0 to 255, e.g. "
        f"{'(images * 255)' if scaled else 'images'}.astype('uint8')."
    )


def _checked_images(given: Any, name: str) -> Images:
    images = given
    if not isinstance(given, ImagesOnDisk):
        images = np.asarray(given)
        if images.dtype != np.uint8:
            numbers = images.size and np.issubdtype(images.dtype, np.number)
            raise wrong_dtype(name, images.dtype, images.max() if numbers else None)
        if images.ndim == 3:
            images = images[..., np.newaxis]
    if images.ndim != 4 or images.shape[-1] not in (1, 3) or 0 in images.shape[1:]:
        raise DataError(
            f"{name}: an array of shape {images.shape}; expected (n, height, width) or (n, height, width, 1 or 3)."
        )
    if len(images) == 0:
        raise DataError(f"{name}: no images.")
    found: Images = images
    return found


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
