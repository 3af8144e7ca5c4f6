"""Measure how an answer changes when a part of the image is covered.

Zeiler and Fergus 2014, "Visualizing and Understanding Convolutional Networks".
"""

import itertools

import numpy as np
from numpy.typing import NDArray

from convlet.explanations.heat import Heat
from convlet.prediction.predictor import Predictor

_PATCH = 1 / 6  # of the shorter side
_STEPS = 28  # at most along the longer side
_SMALLEST = 1e-6  # of a probability: below it, differences in its logarithm are meaningless


def occlusion(predictor: Predictor, image: NDArray[np.uint8], label: str | None = None) -> Heat:
    """Cover one square of the image after another, and measure the drop in the class's likelihood.

    It works with every model file. Ink is covered with its background, a picture with its mean color.

    Args:
        predictor: the model.
        image: uint8 (height, width, channels), its input.
        label: the class to explain; by default the likeliest.

    Returns:
        For each pixel, the mean drop of the class's log-odds over all squares that cover it.

    Raises:
        DataError: the pixels' type or shape is not the model's.
        ValueError: there is no such class.
    """
    names = predictor.signature.class_names
    whole = predictor.probabilities(image[np.newaxis])[0]
    target = int(whole.argmax()) if label is None else names.index(label)
    size = image.shape[:2]
    side, step = max(2, round(_PATCH * min(size))), max(1, max(size) // _STEPS)
    rows, columns = ([slice(max(0, start), start + side) for start in range(1 - side, length, step)] for length in size)
    places = list(itertools.product(rows, columns))
    covered = np.repeat(image[np.newaxis], len(places), axis=0)
    form = predictor.signature.form
    ground = (0 if form.light else 255) if form.kind == "ink" else image.mean(axis=(0, 1)).round().astype(np.uint8)
    for one, place in zip(covered, places, strict=True):
        one[place] = ground
    drops = _log_odds(whole[target]) - _log_odds(predictor.probabilities(covered)[:, target])
    sums, counts = np.zeros((2, *size))
    for drop, place in zip(drops, places, strict=True):
        sums[place] += drop
        counts[place] += 1
    return Heat((sums / np.maximum(counts, 1)).astype(np.float32), names[target], "occlusion")


def _log_odds(probability: NDArray[np.float32] | np.float32) -> NDArray[np.float64]:
    clipped = np.clip(np.float64(probability), _SMALLEST, 1 - _SMALLEST)
    odds: NDArray[np.float64] = np.log(clipped / (1 - clipped))
    return odds
