"""From trained nets to a model that knows how sure it may be: its temperature, and the probability below which it knows nothing."""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from convlet.data import Dataset
from convlet.evaluation import fit_temperature, threshold
from convlet.models import PROBABILITIES
from convlet.recipes import Recipe
from convlet.system.engine import keras

_IMAGES = 10_000  # as many as say anything
_PIXELS = 1 << 26  # values at most
_BATCH = 256
_ACCEPTED, _TOMORROW = 0.965, 0.95  # of the images it is set on; of those that come
_SMALLEST = np.finfo(np.float32).tiny


def calibrate(members: Sequence[Any], dataset: Dataset, recipe: Recipe) -> tuple[float, float]:
    """Divide the logits of each net by one temperature, and find the threshold for the mean of their probabilities.

    Both are taken from the validation images. Where the test set serves as those, as in the tutorial, it decides nothing: the nets stay as they were trained, and the
    threshold comes from training images moved by a pixel. Of those as they are the nets may be surer than of any new ones, having learned them by heart.

    Args:
        members: `keras.Sequential`s that end in a softmax; the weights of their last layer are changed.

    Returns:
        The temperature (1: none), and the threshold: the least probability of the likeliest class at which an image counts as one of the classes.
    """
    held_out = recipe.validate_on == "validation"
    split = dataset.split("validation" if held_out else "train")
    split = split.take(split.sample(min(_IMAGES, max(1, _PIXELS // math.prod(split.image_shape)))))
    images = split.images[:] if held_out else _moved(split.images[:])
    probabilities = np.stack([_answers(net, images) for net in members])
    temperature = fit_temperature(probabilities, split.labels) if held_out else 1.0
    for net in members if held_out else ():
        last = net.get_layer(PROBABILITIES)
        last.set_weights([weights / np.float32(temperature) for weights in last.get_weights()])
    return temperature, threshold(_cooled(probabilities, temperature).mean(axis=0).max(axis=1), _ACCEPTED, _TOMORROW)


def _answers(net: Any, images: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Not `predict`, which compiles a function for each net, and warns of it."""
    batches = [images[start : start + _BATCH] for start in range(0, len(images), _BATCH)]
    return np.concatenate([keras().ops.convert_to_numpy(net(batch, training=False)) for batch in batches])


def _moved(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A quarter of the images moved by a pixel each way; the rows that leave come in again on the other side, which is of the same ground."""
    moved = images.copy()
    for number, (axis, step) in enumerate([(1, 1), (1, -1), (2, 1), (2, -1)]):
        moved[number::4] = np.roll(images[number::4], step, axis)
    return moved


def _cooled(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float32]:
    """What a softmax gives for logits divided by the temperature; float32 (..., classes)."""
    logits = np.log(np.maximum(probabilities, _SMALLEST)) / np.float32(temperature)
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    cooled: NDArray[np.float32] = powers / powers.sum(axis=-1, keepdims=True)
    return cooled
