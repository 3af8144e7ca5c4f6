"""Check that an exported file answers like its model."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from convlet.errors import CheckError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_TIE = 1e-4
_BATCH = 64

Images: TypeAlias = "NDArray[np.uint8]"  # (n, height, width, channels)
Probabilities: TypeAlias = "NDArray[np.float32]"  # (n, classes)
Answers: TypeAlias = Callable[[Images], Probabilities]


@dataclass(frozen=True)
class Agreement:
    """How similarly an exported file and Keras answer on the same images."""

    checked_images: int  # their number
    agreement: float  # fraction with the same class; classes within 1e-4 in Keras count as the same
    max_abs_difference: float  # of any probability


@dataclass(frozen=True)
class Limits:
    """How far an export may differ and still be kept."""

    agreement: float  # least fraction with the same class
    difference: float  # largest of any probability


EXACT = Limits(agreement=0.9999, difference=1e-4)
QUANTIZED = Limits(agreement=0.99, difference=1.0)  # near ties may flip; the reported accuracy shows the cost


def compare(exported: Answers, model: Any, images: Images) -> Agreement:
    """Compare a file's answers with a `keras.Model`'s on images, uint8 (n, height, width, channels), n > 0."""
    import numpy as np

    ours = np.concatenate([exported(images[start : start + _BATCH]) for start in range(0, len(images), _BATCH)])
    theirs = np.asarray(model.predict(images, batch_size=_BATCH, verbose=0))
    named = theirs[np.arange(len(theirs)), ours.argmax(axis=1)]  # Keras's probability of the file's class
    return Agreement(
        checked_images=len(images),
        agreement=float((named >= theirs.max(axis=1) - _TIE).mean()),
        max_abs_difference=float(np.abs(ours - theirs).max()),
    )


def require(found: Agreement, limits: Limits, what: str) -> None:
    """Stop an export that differs too much; NaN counts as different.

    Raises:
        CheckError: it differs by more than `limits`.
    """
    if not (found.agreement >= limits.agreement and found.max_abs_difference <= limits.difference):
        raise CheckError(
            f"the {what} export does not answer like the model: {found.agreement:.2%} of {found.checked_images:,} "
            f"images get the same class (at least {limits.agreement:.2%}) and probabilities differ by up to "
            f"{found.max_abs_difference:.1e} (limit {limits.difference:.0e}). Nothing was kept."
        )
