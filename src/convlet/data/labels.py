"""Read labels in their usual forms (whole numbers, text, one-hot), and the classes they name."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data.encoded import by_number_or_name
from convlet.data.names import class_name
from convlet.errors import DataError

_SHOWN = 10  # class names in an error


class Classes:
    """The classes of a data set, settled by the labels of train.

    Args:
        labels: those of train, as `as_labels` returns them.
        names: the classes 0, 1, ... if the data name them.

    Attributes:
        names: as given; else the distinct text labels, numbers in order before other names; else None for whole
            numbers, which `make_dataset` names.
    """

    def __init__(self, labels: NDArray[Any], names: Sequence[str] | None = None) -> None:
        self.names = None if names is None else tuple(names)
        if self.names is None and labels.dtype.kind == "U":
            self.names = tuple(sorted(np.unique(labels).tolist(), key=by_number_or_name))

    def numbers(self, labels: NDArray[Any], name: str) -> NDArray[np.int64]:
        """Return the number of each label's class, int64 (n,); whole numbers stay as they are.

        Args:
            labels: as `as_labels` returns them.
            name: the split's, for errors.

        Raises:
            DataError: a text that is not the name of a class.
        """
        if labels.dtype.kind != "U":
            return labels
        known = {text: number for number, text in enumerate(self.names or ())}
        texts, places = np.unique(labels, return_inverse=True)
        numbers = np.array([known.get(text, -1) for text in texts.tolist()], np.int64)
        found = numbers[places]
        if (found < 0).any():
            at = int((found < 0).argmax())
            raise DataError(
                f"{name}: label {str(labels[at])!r} of image {at} is not a class ({shown(self.names or ())})."
            )
        return found


def as_labels(given: Any, name: str) -> NDArray[Any]:
    """Return labels as int64 (n,), or as text (n,).

    Args:
        given: whole numbers (also as floats), truth values or texts, (n,) or (n, 1); or one-hot rows (n, classes).
        name: the split's, for errors.

    Raises:
        DataError: anything else.
    """
    try:
        labels = np.asarray(given)
    except ValueError as error:
        raise DataError(
            f"{name}: labels of several lengths. Expected one for each image, or one-hot rows of one length."
        ) from error
    if labels.ndim == 0:
        raise DataError(f"{name}: labels of type {type(given).__name__}; expected one for each image.")
    if labels.dtype == object:
        labels = _of_objects(labels, name)
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2 and labels.dtype.kind in "biuf":
        labels = _from_one_hot(labels, name)
    if labels.ndim != 1:
        raise DataError(f"{name}: labels of shape {labels.shape}; expected one whole number or text per image, (n,).")
    if labels.dtype.kind in "US":
        texts = np.char.decode(labels, "utf-8", "replace") if labels.dtype.kind == "S" else labels
        distinct, places = np.unique(texts, return_inverse=True)
        return np.array([class_name(text) for text in distinct.tolist()], np.str_)[places]
    if labels.dtype.kind == "f":
        whole = np.isfinite(labels) & (labels == np.rint(labels))
        if not whole.all():
            at = int(whole.argmin())
            raise DataError(f"{name}: label {at} is {labels[at]:g}; expected whole numbers, texts or one-hot rows.")
    elif labels.dtype.kind not in "biu":
        raise DataError(f"{name}: labels of type {labels.dtype}; expected whole numbers, texts or one-hot rows.")
    if labels.size and labels.max() > np.iinfo(np.int64).max:
        raise DataError(f"{name}: label {labels.max()} is too large.")
    return labels.astype(np.int64)


def shown(names: Sequence[str]) -> str:
    """Return class names for an error, all of them if there are few."""
    return ", ".join(names[:_SHOWN]) + (", ..." if len(names) > _SHOWN else "")


def _of_objects(labels: NDArray[Any], name: str) -> NDArray[Any]:
    given = labels.ravel().tolist()
    if None in given:
        raise DataError(f"{name}: label {given.index(None)} is None; expected one for each image.")
    found = np.asarray([one.decode("utf-8", "replace") if isinstance(one, bytes) else one for one in labels.tolist()])
    if found.dtype.kind == "U" and not all(isinstance(one, str | bytes | int) for one in given):
        raise DataError(f"{name}: labels of several types. Expected only whole numbers or only texts.")
    return found


def _from_one_hot(labels: NDArray[Any], name: str) -> NDArray[Any]:
    ones = (labels == 1).sum(axis=1)
    wrong = (ones != 1) | ((labels != 0).sum(axis=1) != 1)
    if wrong.any():
        at = int(wrong.argmax())
        raise DataError(
            f"{name}: labels of shape {labels.shape}, but row {at} is not one-hot ({ones[at]} ones among "
            f"{np.count_nonzero(labels[at])} values that are not 0). Expected one class per image."
        )
    found: NDArray[Any] = labels.argmax(axis=1)
    return found
