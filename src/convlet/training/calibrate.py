"""From trained nets to a model that knows how sure it may be: its temperature, and the probability below which it knows nothing."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.evaluation import fit_temperature, threshold
from convlet.models import PROBABILITIES
from convlet.recipes import Recipe

_IMAGES = 10_000  # as many as say anything
_ACCEPTED = 0.965  # of the images it is set on; 0.95 is what has to hold for images of tomorrow
_SMALLEST = np.finfo(np.float32).tiny


def calibrate(members: Sequence[Any], dataset: Dataset, recipe: Recipe) -> tuple[float, float]:
    """Divide the logits of each net by one temperature, and find the threshold for the mean of their probabilities.

    Both are taken from the validation images. Where the test set serves as those, as in the tutorial, it decides nothing: the nets stay as they were trained, and the
    threshold comes from the training images.

    Args:
        members: `keras.Sequential`s that end in a softmax; the weights of their last layer are changed.

    Returns:
        The temperature (1: none), and the threshold: the least probability of the likeliest class at which an image counts as one of the classes.
    """
    held_out = recipe.validate_on == "validation"
    split = dataset.split("validation" if held_out else "train")
    split = split.take(split.sample(_IMAGES))
    images = split.images[:]
    probabilities = np.stack([np.asarray(net.predict(images, batch_size=256, verbose=0)) for net in members])
    temperature = fit_temperature(probabilities, split.labels) if held_out else 1.0
    for net in members if held_out else ():
        last = net.get_layer(PROBABILITIES)
        last.set_weights([weights / np.float32(temperature) for weights in last.get_weights()])
    return temperature, threshold(_cooled(probabilities, temperature).mean(axis=0).max(axis=1), _ACCEPTED)


def _cooled(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """What a softmax gives for logits divided by the temperature; float32 (..., classes)."""
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / np.float32(temperature)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    cooled: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return cooled
