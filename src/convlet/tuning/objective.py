"""What a study looks for, as one number to make large."""

import math
from collections.abc import Mapping

_PER_TENFOLD = 0.5  # a cost ten times as high must bring so many nines: 3.2 times fewer errors

OBJECTIVES: Mapping[str, str] = {
    "accuracy": "the validation accuracy",
    "accuracy-per-second": "nines of validation accuracy, less a half for every tenfold of the seconds of training",
    "accuracy-per-parameter": "nines of validation accuracy, less a half for every tenfold of the parameters",
}


def value(objective: str, accuracy: float, images: int, seconds: float, params: int) -> float:
    """What a trial is worth.

    A plain quotient would be largest for a net that learns nothing in no time. Nines, -log10 of the part that is wrong, grow by one
    with every tenth of the errors; so 99 % after 1 s and 99.7 % after 10 s are worth about the same.

    Args:
        objective: one of `OBJECTIVES`.
        accuracy: on the validation images, 0 to 1.
        images: how many those are; no net is taken for better than half an error among them.
        seconds: of training.
        params: numbers the net learns.
    """
    if objective == "accuracy":
        return accuracy
    nines = -math.log10(max(1 - accuracy, 0.5 / images))
    cost = seconds if objective == "accuracy-per-second" else params
    return nines - _PER_TENFOLD * math.log10(max(cost, 1e-3))
