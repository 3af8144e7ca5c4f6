"""What happens to an answer when a part of the image is covered (Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks")."""

import numpy as np
from numpy.typing import NDArray

from convlet.explanations.heat import Heat
from convlet.prediction.predictor import Predictor

_PATCH = 1 / 6  # of the shorter side
_STEPS = 28  # places along the longer side at most
_SMALLEST = 1e-6  # of a probability: below it differences of its logarithm say nothing


def occlusion(predictor: Predictor, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """Cover a square of the image at a time, and note how much less likely the class becomes.

    It needs nothing but answers, so it works with every model file. Ink is covered with its ground, a picture with its mean colour.

    Args:
        predictor: the model.
        image: uint8 (height, width, channels), its input.
        label: the class asked about; the default is the likeliest.

    Returns:
        A heat of the mean change of the class's log-odds, over all squares that cover a pixel.

    Raises:
        DataError: pixels of another type or shape than the model takes.
        ValueError: there is no such class.
    """
    names = predictor.signature.class_names
    whole = predictor.probabilities(image[np.newaxis])[0]
    target = int(whole.argmax()) if label is None else names.index(label)
    height, width = image.shape[:2]
    side = max(2, round(_PATCH * min(height, width)))
    step = max(1, max(height, width) // _STEPS)
    places = [(top, left) for top in range(1 - side, height, step) for left in range(1 - side, width, step)]
    covered = np.repeat(image[np.newaxis], len(places), axis=0)
    form = predictor.signature.form
    ground = (0 if form.light else 255) if form.kind == "ink" else image.mean(axis=(0, 1)).round().astype(np.uint8)
    for one, (top, left) in zip(covered, places, strict=True):
        one[max(0, top) : top + side, max(0, left) : left + side] = ground
    change = _log_odds(whole[target]) - _log_odds(predictor.probabilities(covered)[:, target])
    sums, counts = np.zeros((height, width)), np.zeros((height, width))
    for less, (top, left) in zip(change, places, strict=True):
        area = np.s_[max(0, top) : top + side, max(0, left) : left + side]
        sums[area] += less
        counts[area] += 1
    return Heat((sums / np.maximum(counts, 1)).astype(np.float32), names[target], "occlusion")


def _log_odds(probability: NDArray[np.float32] | np.float32) -> NDArray[np.float64]:
    clipped = np.clip(np.float64(probability), _SMALLEST, 1 - _SMALLEST)
    odds: NDArray[np.float64] = np.log(clipped / (1 - clipped))
    return odds
