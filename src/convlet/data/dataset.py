"""Define a data set: a training split, a test split opened on demand, and the class names."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.constructors import Constructors
from convlet.data.files import LeftOut
from convlet.data.names import is_readable
from convlet.data.sizing import Wanted
from convlet.data.split import Split, cut
from convlet.errors import DataError
from convlet.signature import WHITE, Form

_TEST_FRACTION = 0.2
_CUT = "test split"  # the fact about data whose test split was cut from train
_UNCUT = "none: no class has 2 images"
_FEW = 4  # images; fewer may be identical by chance


@dataclass(frozen=True, eq=False)
class Dataset(Constructors):
    """A training split, a test split opened on demand, and the class names.

    Attributes:
        name: a catalog name, or the name of the file or folder.
        source: the catalog name, or an absolute path.
        train: what models learn from.
        class_names: one name per label, in order.
        open_test: reads the test split; called once, when `test` is first used.
        validation: the data's own validation split, or None (a recipe then cuts one from train).
        about: title, license, folder, hashes, as `convlet data info` prints them.
        data_dir: the folder of downloaded sets that held a named set; None for the cache and for paths.
        form: how the images were resized when they were read; None if they were not.
        left_out: the files of train and validation that were not read, each with the reason.
        reread: reads the same data again at another size; None if the images came as arrays.
        white: the number that became 255, if the images came as arrays of other pixels.
        kind: what the user said the images are, "ink" or "picture"; "auto" if nothing.
        transposed: whether rows and columns of the images were swapped at the user's request.

    Raises:
        DataError: fewer than two classes, two with one name, or a label outside them.

    Example:
        >>> dataset = convlet.load("digits")
        >>> len(dataset.train), len(dataset.test), dataset.image_shape
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
    form: Form | None = None
    left_out: tuple[LeftOut, ...] = ()
    reread: Callable[[Wanted], "Dataset"] | None = field(default=None, repr=False)
    white: float = WHITE
    kind: str = "auto"
    transposed: bool = False

    def __post_init__(self) -> None:
        ((common, count),) = Counter(self.class_names).most_common(1)
        if count > 1:
            raise DataError(f"{self.name} has {count} classes called {common!r}. Rename all but one.")
        for name in self.class_names:
            if not is_readable(name):
                raise DataError(f"{self.name} has a class named {name!r}. Rename it: expected printable text.")
        self._check(self.train)
        if self.validation is not None:
            self._check(self.validation)

    @cached_property
    def test(self) -> Split:
        """The test split, only for evaluations and the tutorial's recipe.

        Example:
            >>> len(dataset.test)
            360
        """
        test = self.open_test()
        self._check(test)
        return test

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """(height, width, channels) of every image.

        Example:
            >>> dataset.image_shape
            (8, 8, 1)
        """
        return self.train.image_shape

    def split(self, name: str) -> Split:
        """Return the split called "train", "validation" or "test".

        Raises:
            DataError: there is none.

        Example:
            >>> len(dataset.split("train"))
            1437
        """
        names = ["train", "test"] if self.validation is None else ["train", "validation", "test"]
        if name not in names:
            raise DataError(f"{self.name} has no split {name!r}; it has: {', '.join(names)}.")
        found: Split = getattr(self, name)
        return found

    @property
    def has_own_test(self) -> bool:
        """Whether the test split came with the data, and was not cut from train.

        Example:
            >>> dataset.has_own_test
            True
        """
        return _CUT not in self.about

    @property
    def has_test(self) -> bool:
        """Whether there is a test split; no class may have had two images to cut one from.

        Example:
            >>> dataset.has_test
            True
        """
        return self.about.get(_CUT) != _UNCUT

    def require_classes(self) -> None:
        """Raise DataError if there is but one class, so that nothing can be told apart.

        Example:
            >>> dataset.require_classes()
        """
        if len(self.class_names) < 2:
            raise DataError(
                f"{self.name} has {len(self.class_names)} class ({', '.join(self.class_names)}); expected at least 2. "
                "Add images of another class, or teach this one to a trained model: convlet train DATASET --from RUN"
            )

    def with_validation(self, fraction: float) -> "Dataset":
        """Return this data set with a validation split: its own, or a fixed `fraction` of each class of train.

        Raises:
            DataError: train is too small.

        Example:
            >>> cut = dataset.with_validation(0.1)
            >>> len(cut.train), len(cut.validation)
            (1293, 144)
        """
        if self.validation is not None:
            return self
        train, validation = cut(self.train, fraction)
        reread = self.reread and partial(_cut_again, self.reread, fraction)
        return replace(self, train=train, validation=validation, reread=reread)

    @classmethod
    def _made(cls, name: str, source: str, train: Split, open_test: Any, **more: Any) -> "Dataset":
        return make_dataset(name, source, train, open_test, **more)

    def _check(self, split: Split) -> None:
        _check_labels(split, len(self.class_names))
        if split.image_shape != self.train.image_shape:
            size, train = ("x".join(map(str, one.image_shape)) for one in (split, self.train))
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
    **more: Any,
) -> Dataset:
    """Build a Dataset from a reader's findings.

    Without `class_names` the classes are the distinct labels of train, in order: labels 1 to 26 make 26 classes.
    Without `open_test` a fixed fifth of each class is split off train. `more` are fields of `Dataset`.

    Raises:
        DataError: a label not in train, identical images, or too few images to split.
    """
    _require_differences(train)
    values = None
    if class_names is None:
        values = np.unique(train.labels)
        class_names = list(map(str, values))
    names = tuple(class_names)

    def numbered(split: Split) -> Split:
        if values is None:
            return split
        places = np.minimum(np.searchsorted(values, split.labels), len(values) - 1)
        _require(split, values[places] == split.labels, f"classes of train ({', '.join(names)})")
        return replace(split, labels=places)

    train, validation, about = numbered(train), validation and numbered(validation), about or {}
    if open_test is None:
        _check_labels(train, len(names))
        if np.bincount(train.labels).max() < 2:
            about = {**about, _CUT: _UNCUT}
            return Dataset(name, source, train, names, lambda: cut(train, _TEST_FRACTION)[1], validation, about, **more)
        train, test = cut(train, _TEST_FRACTION)
        count = len(train) + len(test)
        about = {**about, _CUT: f"{len(test):,} images cut from the {count:,}, always the same ones"}
        return Dataset(name, source, train, names, lambda: test, validation, about, **more)
    opened = open_test
    return Dataset(name, source, train, names, lambda: numbered(opened()), validation, about, **more)


def _cut_again(reread: Callable[[Wanted], Dataset], fraction: float, wanted: Wanted) -> Dataset:
    return reread(wanted).with_validation(fraction)


def _require_differences(split: Split) -> None:
    """Compare each image with the first until one differs, nearly always the second."""
    if len(split) < _FEW:
        return
    first, start = split.images[:1], 1
    while start < len(split):
        stop = min(2 * start, start + 256)
        if (split.images[start:stop] != first).any():
            return
        start = stop
    raise DataError(
        f"{split.name}: all {len(split):,} images are identical in every pixel. Expected one image per example; "
        "look at them: were they scaled or saved incorrectly?"
    )


def _check_labels(split: Split, classes: int) -> None:
    inside = (split.labels >= 0) & (split.labels < classes)
    _require(split, inside, f"{classes} classes (0 to {classes - 1})")


def _require(split: Split, inside: NDArray[np.bool_], classes: str) -> None:
    if not inside.all():
        at = int(inside.argmin())
        raise DataError(f"{split.name}: label {split.labels[at]} of image {at} is outside the {classes}.")
