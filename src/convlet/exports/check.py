"""Whether an exported file answers like the model it was made from."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.errors import CheckError

_TIE = 1e-4  # two classes that the model itself does not tell apart by more count as the same
_BATCH = 64

Answers = Callable[[NDArray[np.uint8]], NDArray[np.float32]]
"""From images, uint8 (n, height, width, channels), to probabilities, float32 (n, classes)."""


@dataclass(frozen=True)
class Agreement:
    """How an exported file answers beside Keras on the same images.

    Attributes:
        checked_images: images both were given.
        agreement: the fraction for which both name the same class; two classes that the model itself does not tell apart by more than
            1e-4 count as the same.
        max_abs_difference: the largest difference of any probability.
    """

    checked_images: int
    agreement: float
    max_abs_difference: float


@dataclass(frozen=True)
class Limits:
    """What an export may differ by, to be kept.

    Attributes:
        agreement: the least fraction of images with the same class.
        difference: the largest difference of any probability.
    """

    agreement: float
    difference: float


EXACT = Limits(agreement=0.9999, difference=1e-4)
QUANTIZED = Limits(
    agreement=0.99, difference=1.0
)  # a class decided by a hair may turn; what that costs is in the figures


def compare(exported: Answers, model: Any, images: NDArray[np.uint8]) -> Agreement:
    """Run an exported file and a Keras model on the same images.

    Args:
        exported: the file's answers.
        model: a `keras.Model`.
        images: uint8, (n, height, width, channels), n > 0.
    """
    ours = exported(images)
    theirs = np.asarray(model.predict(images, batch_size=_BATCH, verbose=0))
    named = theirs[np.arange(len(theirs)), ours.argmax(axis=1)]  # what the model gives the class the file names
    return Agreement(
        checked_images=len(images),
        agreement=float((named >= theirs.max(axis=1) - _TIE).mean()),
        max_abs_difference=float(np.abs(ours - theirs).max()),
    )


def require(found: Agreement, limits: Limits, what: str) -> None:
    """Stop an export that differs too much; NaN differs.

    Raises:
        CheckError: it does.
    """
    if not (found.agreement >= limits.agreement and found.max_abs_difference <= limits.difference):
        raise CheckError(
            f"the {what} export does not answer like the model: {found.agreement:.2%} of {found.checked_images:,} images get the same "
            f"class (at least {limits.agreement:.2%}) and probabilities differ by up to {found.max_abs_difference:.1e} "
            f"(limit {limits.difference:.0e}). Nothing was kept."
        )
