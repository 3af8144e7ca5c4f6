"""Define what a study maximizes."""

import math
from collections.abc import Mapping

_PER_TENFOLD = 0.5  # nines that a tenfold cost must gain: a factor of 3.2 fewer errors

OBJECTIVES: Mapping[str, str] = {
    "accuracy": "the validation accuracy",
    "accuracy-per-second": "nines of validation accuracy, minus a half for every factor of ten in training seconds",
    "accuracy-per-parameter": "nines of validation accuracy, minus a half for every factor of ten in parameters",
}


def value(objective: str, accuracy: float, images: int, seconds: float, params: int) -> float:
    """Return the value of a trial.

    A plain quotient would favor nets that learn nothing in no time. Nines, -log10 of the error rate, grow by one when
    the errors fall to a tenth, so 99 % after 1 s and 99.7 % after 10 s are worth about the same.

    Args:
        objective: one of `OBJECTIVES`.
        accuracy: on the validation images, 0 to 1.
        images: the number of them; fewer errors than half an image count as half an image.
        seconds: the training time.
        params: the net's number of parameters.
    """
    if objective == "accuracy":
        return accuracy
    nines = -math.log10(max(1 - accuracy, 0.5 / images))
    cost = seconds if objective == "accuracy-per-second" else params
    return nines - _PER_TENFOLD * math.log10(max(cost, 1e-3))
